#pragma once

#include <familiar/text/tokenizer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// What `AnyTokenizer` can hold.
template <class T>
concept FullTokenizer = Tokenizer<T> && requires(const T& t, std::string_view text, const EncodeOptions& options,
                                                 std::vector<std::int32_t>& ids, std::int32_t id) {
    { t.encode_ids(text, options, ids) } -> std::same_as<void>;
    { t.encode_marked(text, text, ids) } -> std::same_as<void>;
    { t.token_bytes(id) } -> std::convertible_to<std::string>;
    { t.is_special(id) } -> std::convertible_to<bool>;
};

/// A tokenizer of a kind that is known when it is loaded. Copies share it; one virtual call a text.
class AnyTokenizer {
  public:
    template <FullTokenizer T>
        requires(!std::same_as<T, AnyTokenizer>)
    AnyTokenizer(T tokenizer) : held_(std::make_shared<const Holder<T>>(std::move(tokenizer))) {}

    void encode(std::string_view text, const EncodeOptions& options, Encoding& out) const {
        held_->encode(text, options, out);
    }
    void encode_pair(std::string_view first, std::string_view second, const EncodeOptions& options,
                     Encoding& out) const {
        held_->encode_pair(first, second, options, out);
    }
    /// The ids that `encode` gives, without ranges and type ids; faster. Replaces what `out` held.
    void encode_ids(std::string_view text, const EncodeOptions& options, std::vector<std::int32_t>& out) const {
        held_->encode_ids(text, options, out);
    }

    /// The ids of a text of several origins: special tokens count where all their bytes are trusted (`'1'` in `marks`,
    /// which has a character for every byte). Nothing is added around it. Replaces what `out` held.
    void encode_marked(std::string_view text, std::string_view marks, std::vector<std::int32_t>& out) const {
        held_->encode_marked(text, marks, out);
    }

    [[nodiscard]] std::size_t vocabulary_size() const noexcept { return held_->vocabulary_size(); }
    [[nodiscard]] std::string_view token(std::int32_t id) const { return held_->token(id); }
    [[nodiscard]] std::optional<std::int32_t> find_token(std::string_view token) const {
        return held_->find_token(token);
    }

    /// Text without special tokens, always UTF-8. @throws Error invalid_token
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const { return held_->decode(ids); }
    /// The bytes that one token adds to a text, which may be part of a character; a special token gives its spelling.
    [[nodiscard]] std::string token_bytes(std::int32_t id) const { return held_->token_bytes(id); }
    [[nodiscard]] bool is_special(std::int32_t id) const { return held_->is_special(id); }

  private:
    struct Interface {
        Interface() = default;
        Interface(const Interface&) = delete;
        Interface& operator=(const Interface&) = delete;
        virtual ~Interface() = default;
        virtual void encode(std::string_view, const EncodeOptions&, Encoding&) const = 0;
        virtual void encode_pair(std::string_view, std::string_view, const EncodeOptions&, Encoding&) const = 0;
        virtual void encode_ids(std::string_view, const EncodeOptions&, std::vector<std::int32_t>&) const = 0;
        virtual void encode_marked(std::string_view, std::string_view, std::vector<std::int32_t>&) const = 0;
        [[nodiscard]] virtual std::size_t vocabulary_size() const noexcept = 0;
        [[nodiscard]] virtual std::string_view token(std::int32_t) const = 0;
        [[nodiscard]] virtual std::optional<std::int32_t> find_token(std::string_view) const = 0;
        [[nodiscard]] virtual std::string decode(std::span<const std::int32_t>) const = 0;
        [[nodiscard]] virtual std::string token_bytes(std::int32_t) const = 0;
        [[nodiscard]] virtual bool is_special(std::int32_t) const = 0;
    };

    template <class T> struct Holder final : Interface {
        explicit Holder(T t) : tokenizer(std::move(t)) {}
        void encode(std::string_view text, const EncodeOptions& options, Encoding& out) const override {
            tokenizer.encode(text, options, out);
        }
        void encode_pair(std::string_view a, std::string_view b, const EncodeOptions& options,
                         Encoding& out) const override {
            tokenizer.encode_pair(a, b, options, out);
        }
        void encode_ids(std::string_view text, const EncodeOptions& options,
                        std::vector<std::int32_t>& out) const override {
            tokenizer.encode_ids(text, options, out);
        }
        void encode_marked(std::string_view text, std::string_view marks,
                           std::vector<std::int32_t>& out) const override {
            tokenizer.encode_marked(text, marks, out);
        }
        [[nodiscard]] std::size_t vocabulary_size() const noexcept override { return tokenizer.vocabulary_size(); }
        [[nodiscard]] std::string_view token(std::int32_t id) const override { return tokenizer.token(id); }
        [[nodiscard]] std::optional<std::int32_t> find_token(std::string_view token) const override {
            return tokenizer.find_token(token);
        }
        [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const override {
            return tokenizer.decode(ids);
        }
        [[nodiscard]] std::string token_bytes(std::int32_t id) const override { return tokenizer.token_bytes(id); }
        [[nodiscard]] bool is_special(std::int32_t id) const override { return tokenizer.is_special(id); }
        T tokenizer;
    };

    std::shared_ptr<const Interface> held_;
};

} // namespace familiar::text
