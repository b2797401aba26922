#include <familiar/text/any_tokenizer.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace text = familiar::text;

namespace {

/// Answers with numbers that tell which function was called; `alive` counts its copies.
struct Spy {
    std::shared_ptr<int> alive = std::make_shared<int>(0);

    void encode(std::string_view given, const text::EncodeOptions& options, text::Encoding& out) const {
        out.clear();
        out.ids = {1, static_cast<std::int32_t>(given.size()), options.parse_special ? 1 : 0};
    }
    void encode_pair(std::string_view a, std::string_view b, const text::EncodeOptions&, text::Encoding& out) const {
        out.clear();
        out.ids = {2, static_cast<std::int32_t>(a.size()), static_cast<std::int32_t>(b.size())};
    }
    void encode_ids(std::string_view given, const text::EncodeOptions&, std::vector<std::int32_t>& out) const {
        out = {3, static_cast<std::int32_t>(given.size())};
    }
    void encode_marked(std::string_view given, std::string_view marks, std::vector<std::int32_t>& out) const {
        out = {4, static_cast<std::int32_t>(given.size()), static_cast<std::int32_t>(marks.size())};
    }
    [[nodiscard]] std::size_t vocabulary_size() const noexcept { return 17; }
    [[nodiscard]] std::string_view token(std::int32_t id) const { return id == 5 ? "five" : "other"; }
    [[nodiscard]] std::optional<std::int32_t> find_token(std::string_view token) const {
        return token == "five" ? std::optional<std::int32_t>(5) : std::nullopt;
    }
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const { return std::string(ids.size(), 'd'); }
    [[nodiscard]] std::string token_bytes(std::int32_t id) const {
        return std::string(static_cast<std::size_t>(id), 'b');
    }
    [[nodiscard]] bool is_special(std::int32_t id) const { return id == 7; }
};

struct Poor { // a tokenizer by the concept, but without what chat templates and streams need
    void encode(std::string_view, const text::EncodeOptions&, text::Encoding&) const {}
    void encode_pair(std::string_view, std::string_view, const text::EncodeOptions&, text::Encoding&) const {}
    [[nodiscard]] std::size_t vocabulary_size() const { return 0; }
    [[nodiscard]] std::string_view token(std::int32_t) const { return {}; }
    [[nodiscard]] std::optional<std::int32_t> find_token(std::string_view) const { return {}; }
    [[nodiscard]] std::string decode(std::span<const std::int32_t>) const { return {}; }
};

static_assert(text::FullTokenizer<Spy> && text::FullTokenizer<text::AnyTokenizer>);
static_assert(text::Tokenizer<Poor> && !text::FullTokenizer<Poor>);
static_assert(!std::is_constructible_v<text::AnyTokenizer, Poor>);

} // namespace

TEST_CASE("What is asked of any tokenizer is asked of the one that it holds", "[text]") {
    using Ids = std::vector<std::int32_t>;
    const text::AnyTokenizer tokenizer = Spy();
    text::Encoding out;
    text::EncodeOptions special;
    special.parse_special = true;
    tokenizer.encode("abc", special, out);
    CHECK(out.ids == Ids{1, 3, 1});
    tokenizer.encode_pair("ab", "c", {}, out);
    CHECK(out.ids == Ids{2, 2, 1});
    Ids ids;
    tokenizer.encode_ids("abcd", {}, ids);
    CHECK(ids == Ids{3, 4});
    tokenizer.encode_marked("ab", "10", ids);
    CHECK(ids == Ids{4, 2, 2});
    CHECK(tokenizer.vocabulary_size() == 17);
    CHECK(tokenizer.token(5) == "five");
    CHECK(tokenizer.find_token("five") == 5);
    CHECK_FALSE(tokenizer.find_token("six").has_value());
    CHECK(tokenizer.decode(Ids{1, 2, 3}) == "ddd");
    CHECK(tokenizer.token_bytes(2) == "bb");
    CHECK(tokenizer.is_special(7));
    CHECK_FALSE(tokenizer.is_special(8));
}

TEST_CASE("Copies of any tokenizer share the one that it holds", "[text]") {
    Spy spy;
    const std::weak_ptr<int> watched = spy.alive;
    auto first = std::make_unique<text::AnyTokenizer>(std::move(spy));
    auto second = std::make_unique<text::AnyTokenizer>(*first);
    CHECK(watched.use_count() == 1);
    first.reset();
    CHECK(second->vocabulary_size() == 17);
    second.reset();
    CHECK(watched.expired());
}
