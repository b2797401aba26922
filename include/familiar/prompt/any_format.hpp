#pragma once

#include <familiar/prompt/parse_label.hpp>
#include <familiar/prompt/prompt_format.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace familiar::prompt {

/// A prompt format whose type is known at run time only.
class AnyFormat {
  public:
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, AnyFormat> && PromptFormat<std::remove_cvref_t<F>>)
    AnyFormat(F&& format) : model_(std::make_unique<Model<std::remove_cvref_t<F>>>(std::forward<F>(format))) {}

    [[nodiscard]] std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const {
        return model_->prefix(task, parts);
    }
    [[nodiscard]] Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                               const std::optional<Prediction>& prediction) const {
        return model_->query(task, std::move(shared), example, prediction);
    }
    [[nodiscard]] Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                                     const std::optional<Prediction>& prediction, std::string_view llm_label) const {
        return model_->explanation(task, std::move(shared), example, prediction, llm_label);
    }
    [[nodiscard]] std::string candidate(std::string_view label) const { return model_->candidate(label); }
    [[nodiscard]] std::optional<std::size_t> parse(const Task& task, std::string_view reply) const {
        return model_->parse(task, reply);
    }
    [[nodiscard]] std::string identity() const { return model_->identity(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual std::shared_ptr<const PromptPart> prefix(const Task&, const PrefixParts&) const = 0;
        virtual Prompt query(const Task&, std::shared_ptr<const PromptPart>, const Example&,
                             const std::optional<Prediction>&) const = 0;
        virtual Prompt explanation(const Task&, std::shared_ptr<const PromptPart>, const Example&,
                                   const std::optional<Prediction>&, std::string_view) const = 0;
        virtual std::string candidate(std::string_view) const = 0;
        virtual std::optional<std::size_t> parse(const Task&, std::string_view) const = 0;
        virtual std::string identity() const = 0;
    };

    template <PromptFormat F> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : format(std::forward<Given>(given)) {}
        std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const override {
            return format.prefix(task, parts);
        }
        Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                     const std::optional<Prediction>& prediction) const override {
            return format.query(task, std::move(shared), example, prediction);
        }
        Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                           const std::optional<Prediction>& prediction, std::string_view label) const override {
            return format.explanation(task, std::move(shared), example, prediction, label);
        }
        std::string candidate(std::string_view label) const override { return format.candidate(label); }
        std::optional<std::size_t> parse(const Task& task, std::string_view reply) const override {
            return parse_label(format, task, reply);
        }
        std::string identity() const override { return format.identity(); }
        F format;
    };

    std::unique_ptr<const Interface> model_;
};

static_assert(PromptFormat<AnyFormat>);

} // namespace familiar::prompt
