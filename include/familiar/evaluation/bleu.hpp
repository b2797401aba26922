#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/replace_all.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace familiar::evaluation {

/// The words of a text as mteval-v13a cuts them, BLEU's usual tokenizer: ASCII symbols stand alone, full stops and
/// commas but between digits, hyphens after digits; a line broken at a hyphen is joined; four XML entities are read.
inline std::vector<std::string> words_13a(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto stop = [](char c) { return c == '.' || c == ','; };
    const auto symbol = [](char c) {
        return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
               (c >= ':' && c <= '@') || c == '/';
    };

    const auto all = text::split_white_space(text);
    const std::size_t kept =
        all.empty() ? 0 : static_cast<std::size_t>(all.back().data() + all.back().size() - text.data());
    std::string line(text.substr(0, kept));
    text::replace_all(line, "<skipped>", "");
    text::replace_all(line, "-\n", "");
    text::replace_all(line, "\n", " ");
    text::replace_all(line, "&quot;", "\"");
    text::replace_all(line, "&amp;", "&");
    text::replace_all(line, "&lt;", "<");
    text::replace_all(line, "&gt;", ">");
    line = " " + line + " ";

    // Each of the four substitutions goes over the text once and takes what it has matched out of its own way, as a
    // regular expression does.
    std::string next;
    for (const char c : line) symbol(c) ? next.append({' ', c, ' '}) : next.append(1, c);
    line.swap(next);
    next.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i + 1 < line.size() && !digit(line[i]) && stop(line[i + 1])) {
            next.append({line[i], ' ', line[i + 1], ' '});
            ++i;
        } else {
            next += line[i];
        }
    }
    line.swap(next);
    next.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i + 1 < line.size() && stop(line[i]) && !digit(line[i + 1])) {
            next.append({' ', line[i], ' ', line[i + 1]});
            ++i;
        } else {
            next += line[i];
        }
    }
    line.swap(next);
    next.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i + 1 < line.size() && digit(line[i]) && line[i + 1] == '-') {
            next.append({line[i], ' ', '-', ' '});
            ++i;
        } else {
            next += line[i];
        }
    }
    const auto words = text::split_white_space(next);
    return {words.begin(), words.end()};
}

/// BLEU (Papineni et al. 2002) over a corpus, 0 to 100, as sacrebleu 2 computes it: words_13a, n-grams up to 4, the
/// reference of the nearest length, exponential smoothing of orders without a match.
class Bleu {
  public:
    static constexpr std::size_t kOrders = 4;

    /// Adds one text with its references. Throws Error (invalid_argument) without a reference.
    void add(std::string_view candidate, std::span<const std::string> references) {
        if (references.empty()) throw Error(ErrorCode::invalid_argument, "BLEU needs a reference");
        const auto words = words_13a(candidate);
        std::array<Grams, kOrders> allowed; // of each n-gram the largest count in a reference
        std::size_t nearest = 0, gap = SIZE_MAX;
        for (const auto& reference : references) {
            const auto other = words_13a(reference);
            const std::size_t distance =
                other.size() > words.size() ? other.size() - words.size() : words.size() - other.size();
            if (distance < gap || (distance == gap && other.size() < nearest)) {
                gap = distance;
                nearest = other.size();
            }
            for (std::size_t n = 1; n <= kOrders; ++n) {
                for (const auto& [gram, count] : ngrams(other, n)) {
                    auto& most = allowed[n - 1][gram];
                    most = std::max(most, count);
                }
            }
        }
        candidate_length_ += words.size();
        reference_length_ += nearest;
        for (std::size_t n = 1; n <= kOrders; ++n) {
            for (const auto& [gram, count] : ngrams(words, n)) {
                total_[n - 1] += count;
                const auto found = allowed[n - 1].find(gram);
                if (found != allowed[n - 1].end()) correct_[n - 1] += std::min(count, found->second);
            }
        }
    }

    void add(std::string_view candidate, const std::string& reference) { add(candidate, std::span(&reference, 1)); }

    /// Adds all texts of another corpus.
    Bleu& operator+=(const Bleu& other) noexcept {
        for (std::size_t n = 0; n < kOrders; ++n) {
            correct_[n] += other.correct_[n];
            total_[n] += other.total_[n];
        }
        candidate_length_ += other.candidate_length_;
        reference_length_ += other.reference_length_;
        return *this;
    }

    /// In percent, smoothed. All 0 where nothing matches.
    [[nodiscard]] std::array<double, kOrders> precisions() const noexcept {
        std::array<double, kOrders> precisions{};
        if (std::all_of(correct_.begin(), correct_.end(), [](std::size_t c) { return c == 0; })) return precisions;
        double smoothing = 1.0;
        for (std::size_t n = 0; n < kOrders && total_[n] != 0; ++n) {
            const auto total = static_cast<double>(total_[n]);
            if (correct_[n] == 0) {
                smoothing *= 2.0;
                precisions[n] = 100.0 / (smoothing * total);
            } else {
                precisions[n] = 100.0 * static_cast<double>(correct_[n]) / total;
            }
        }
        return precisions;
    }

    /// What a corpus shorter than its references is multiplied by, in [0, 1].
    [[nodiscard]] double brevity_penalty() const noexcept {
        if (candidate_length_ >= reference_length_) return 1.0;
        if (candidate_length_ == 0) return 0.0;
        return std::exp(1.0 - static_cast<double>(reference_length_) / static_cast<double>(candidate_length_));
    }

    /// Of all texts added; 0 without any, and where an order has no n-gram at all.
    [[nodiscard]] double score() const noexcept {
        double logs = 0.0;
        for (const double p : precisions()) {
            if (p == 0.0) return 0.0;
            logs += std::log(p);
        }
        const double score = brevity_penalty() * std::exp(logs / static_cast<double>(kOrders));
        return std::min(score, 100.0); // exp(log 100) rounds to a little more
    }

    [[nodiscard]] std::size_t candidate_length() const noexcept { return candidate_length_; }
    [[nodiscard]] std::size_t reference_length() const noexcept { return reference_length_; }

  private:
    using Grams = std::unordered_map<std::string, std::size_t>;

    static Grams ngrams(const std::vector<std::string>& words, std::size_t n) {
        Grams grams;
        for (std::size_t i = 0; i + n <= words.size(); ++i) {
            std::string gram;
            for (std::size_t k = 0; k < n; ++k) gram.append(k == 0 ? "" : " ").append(words[i + k]);
            ++grams[gram];
        }
        return grams;
    }

    std::array<std::size_t, kOrders> correct_{}, total_{};
    std::size_t candidate_length_ = 0, reference_length_ = 0;
};

} // namespace familiar::evaluation
