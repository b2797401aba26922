#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/chat_message.hpp>
#include <familiar/text/jinja/template.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// A model's chat template: messages to the ids that the model was trained on.
///
/// Markup that the template writes becomes special tokens; the same characters inside of a message stay text, so that a
/// message cannot open another turn. Ids are otherwise those of the rendered text as a whole. Cheap to copy.
class ChatTemplate {
  public:
    /// @param source    the template, in Jinja
    /// @param bos_token what the template's `bos_token` is; empty where the model has none
    /// @param where     what messages call it: the file and the key
    /// @throws Error malformed_model, unsupported_model: a template that is not understood, with line and construct
    ChatTemplate(std::string_view source, AnyTokenizer tokenizer, std::string bos_token, std::string eos_token,
                 const std::string& where = "chat template")
        : template_(std::make_shared<const jinja::Template>(source, where)), tokenizer_(std::move(tokenizer)),
          bos_(std::move(bos_token)), eos_(std::move(eos_token)) {}

    /// The ids of a conversation. @param add_generation_prompt ends it with the opening of the assistant's turn
    /// @throws Error invalid_argument where the template refuses the conversation (roles out of turn, say)
    [[nodiscard]] std::vector<std::int32_t> encode(std::span<const ChatMessage> messages,
                                                   bool add_generation_prompt = true) const {
        const jinja::MarkedText text = render(messages, add_generation_prompt);
        std::vector<std::int32_t> ids;
        tokenizer_.encode_marked(text.bytes(), text.marks(), ids);
        return ids;
    }

    /// The rendered conversation, every byte marked as the template's or a message's.
    [[nodiscard]] jinja::MarkedText render(std::span<const ChatMessage> messages,
                                           bool add_generation_prompt = true) const {
        jinja::List list;
        std::size_t size = 0;
        for (const auto& message : messages) {
            jinja::Dictionary entry;
            entry.items.reserve(2);
            entry.items.emplace_back(
                "role", jinja::Value(jinja::MarkedText::of_template(std::string(to_string(message.role)))));
            entry.items.emplace_back("content",
                                     jinja::Value(jinja::MarkedText::of_message(to_well_formed(message.content))));
            list.items.emplace_back(std::move(entry));
            size += message.content.size() + 100;
        }
        jinja::Dictionary variables;
        variables.items.reserve(5); // also spares g++ 12 at -O3 a false warning about growth from nothing
        variables.items.emplace_back("messages", jinja::Value(std::move(list)));
        variables.items.emplace_back("add_generation_prompt", jinja::Value(add_generation_prompt));
        variables.items.emplace_back("bos_token", jinja::Value(jinja::MarkedText::of_template(bos_)));
        variables.items.emplace_back("eos_token", jinja::Value(jinja::MarkedText::of_template(eos_)));
        variables.items.emplace_back("tools", jinja::Value(jinja::None{}));
        return template_->render(std::move(variables), kSteps + kStepsPerByte * size);
    }

    [[nodiscard]] const AnyTokenizer& tokenizer() const noexcept { return tokenizer_; }

  private:
    static constexpr std::size_t kSteps = 10'000'000; ///< about a tenth of a second
    static constexpr std::size_t kStepsPerByte = 200; ///< published templates copy a message some ten times

    std::shared_ptr<const jinja::Template> template_;
    AnyTokenizer tokenizer_;
    std::string bos_, eos_;
};

} // namespace familiar::text
