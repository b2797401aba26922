#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::transport {

/// A transport whose type is known at run time only. What it cannot do shows at run time too: `scores_labels` is false,
/// `context` empty, `count_tokens` 0 where the transport cannot count.
class AnyTransport {
  public:
    template <class T>
        requires(!std::same_as<std::remove_cvref_t<T>, AnyTransport> && LlmTransport<std::remove_cvref_t<T>>)
    AnyTransport(T&& transport) : model_(std::make_unique<Model<std::remove_cvref_t<T>>>(std::forward<T>(transport))) {}

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) { return model_->ask(request); }
    /// All at once where the transport can, else one after another.
    [[nodiscard]] std::vector<Result<LlmReply>> ask(std::span<const LlmRequest> requests) {
        return model_->ask_all(requests);
    }
    [[nodiscard]] bool completes_in_batches() const noexcept { return model_->completes_in_batches(); }
    [[nodiscard]] std::string identity() const { return model_->identity(); }
    [[nodiscard]] std::size_t concurrency() const { return model_->concurrency(); }
    [[nodiscard]] bool scores_labels() const { return model_->scores_labels(); }
    [[nodiscard]] std::optional<std::size_t> context() const { return model_->context(); }
    [[nodiscard]] std::size_t count_tokens(const LlmRequest& request) const { return model_->count_tokens(request); }
    [[nodiscard]] bool counts_tokens() const noexcept { return model_->counts_tokens(); }
    [[nodiscard]] bool is_absent() const noexcept { return model_->is_absent(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual Result<LlmReply> ask(const LlmRequest&) = 0;
        virtual std::vector<Result<LlmReply>> ask_all(std::span<const LlmRequest>) = 0;
        virtual bool completes_in_batches() const noexcept = 0;
        virtual std::string identity() const = 0;
        virtual std::size_t concurrency() const = 0;
        virtual bool scores_labels() const = 0;
        virtual std::optional<std::size_t> context() const = 0;
        virtual std::size_t count_tokens(const LlmRequest&) const = 0;
        virtual bool counts_tokens() const noexcept = 0;
        virtual bool is_absent() const noexcept = 0;
    };

    template <LlmTransport T> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : transport(std::forward<Given>(given)) {}
        Result<LlmReply> ask(const LlmRequest& request) override { return transport.ask(request); }
        std::vector<Result<LlmReply>> ask_all(std::span<const LlmRequest> requests) override {
            if constexpr (CompletesInBatches<T>) {
                return transport.ask(requests);
            } else {
                std::vector<Result<LlmReply>> replies;
                replies.reserve(requests.size());
                for (const auto& request : requests) replies.push_back(transport.ask(request));
                return replies;
            }
        }
        bool completes_in_batches() const noexcept override { return transport::completes_in_batches(transport); }
        std::string identity() const override { return transport.identity(); }
        std::size_t concurrency() const override { return transport.concurrency(); }
        bool scores_labels() const override {
            if constexpr (ScoresLabels<T>) {
                return transport.scores_labels();
            } else {
                return false;
            }
        }
        std::optional<std::size_t> context() const override {
            if constexpr (KnowsContext<T>) {
                return transport.context();
            } else {
                return std::nullopt;
            }
        }
        std::size_t count_tokens([[maybe_unused]] const LlmRequest& request) const override {
            if constexpr (KnowsContext<T>) {
                return transport.count_tokens(request);
            } else {
                return 0;
            }
        }
        bool counts_tokens() const noexcept override { return KnowsContext<T>; }
        bool is_absent() const noexcept override {
            return requires { requires T::kAbsent; };
        }
        T transport;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(LlmTransport<AnyTransport> && ScoresLabels<AnyTransport> && KnowsContext<AnyTransport> &&
              CompletesInBatches<AnyTransport>);

} // namespace familiar::transport
