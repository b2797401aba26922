#pragma once

#include <familiar/core/task.hpp>
#include <familiar/prompt/parse_label.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace familiar::prompt {

/// A reply as the published Grimoire reads it (base.py:152): what follows the last `Answer: `, without white space
/// around, without any full stop or comma, in lower case (see lower_case).
inline std::string published_reply(std::string_view reply) {
    constexpr std::string_view mark = "Answer: ";
    const std::size_t at = reply.rfind(mark);
    if (at != std::string_view::npos) reply.remove_prefix(at + mark.size());
    std::string kept;
    for (const char c : text::strip(reply)) {
        if (c != '.' && c != ',') kept += c;
    }
    std::string out;
    for (std::size_t i = 0; i < kept.size();) {
        const auto next = text::decode_utf8(kept, i);
        if (next.well_formed) {
            text::append_utf8(out, lower_case(next.character));
        } else {
            out.append(kept, i, next.length);
        }
        i += next.length;
    }
    return out;
}

/// The label that `published_reply` is, in lower case, or nothing. O(labels · length).
inline std::optional<std::size_t> published_label(std::string_view reply, const Task& task) {
    const std::string parsed = published_reply(reply);
    for (std::size_t i = 0; i < task.labels.size(); ++i) {
        if (!parsed.empty() && equal_but_for_case(parsed, task.labels[i])) return i;
    }
    return std::nullopt;
}

/// Whether the published metric counts a row at all (few_shot.py:33-40): the reply is a label, or stands somewhere in
/// the question. An empty reply does, a rambling one does not: accuracy over such rows alone flatters a model that
/// rambles, so this is for comparisons with published figures only.
inline bool published_as_valid(std::string_view reply, const Task& task, std::string_view question) {
    return published_label(reply, task).has_value() || question.find(published_reply(reply)) != std::string_view::npos;
}

} // namespace familiar::prompt
