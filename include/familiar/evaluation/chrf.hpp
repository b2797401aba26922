#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::evaluation {

/// chrF (Popović 2015) and chrF++ (2017) over a corpus, 0 to 100, as sacrebleu 2 computes them: F-score with beta 2
/// of character n-grams up to 6, white space left out, and of word n-grams up to `word_order`; counts are summed
/// over all texts, orders averaged. Of several references that with the best score of its own counts.
class Chrf {
  public:
    /// @param word_order 0 for chrF, 2 for chrF++
    explicit Chrf(std::size_t word_order = 0) : word_order_(word_order), totals_(kCharacters + word_order) {}

    /// Adds one text with its references. UTF-8; ill-formed bytes count as characters of their own. Throws Error
    /// (invalid_argument) without a reference.
    void add(std::string_view candidate, std::span<const std::string> references) {
        if (references.empty()) throw Error(ErrorCode::invalid_argument, "chrF needs a reference");
        const auto grams = ngrams(candidate);
        std::vector<Counts> best;
        double best_score = -1.0;
        for (const auto& reference : references) {
            auto counts = compare(grams, ngrams(reference));
            const double value = score_of(counts);
            if (value > best_score) {
                best_score = value;
                best = std::move(counts);
            }
        }
        for (std::size_t order = 0; order < totals_.size(); ++order) totals_[order] += best[order];
    }

    void add(std::string_view candidate, const std::string& reference) { add(candidate, std::span(&reference, 1)); }

    /// Adds all texts of another corpus; both count words alike.
    Chrf& operator+=(const Chrf& other) {
        for (std::size_t order = 0; order < totals_.size(); ++order) totals_[order] += other.totals_.at(order);
        return *this;
    }

    /// Of all texts added; 0 without any.
    [[nodiscard]] double score() const { return score_of(totals_); }

    /// Of one text.
    static double of(std::string_view candidate, const std::string& reference, std::size_t word_order = 0) {
        Chrf chrf(word_order);
        chrf.add(candidate, reference);
        return chrf.score();
    }

  private:
    static constexpr std::size_t kCharacters = 6;

    using Grams = std::unordered_map<std::string, std::size_t>;

    struct Counts {
        std::size_t candidate = 0, reference = 0, both = 0;
        Counts& operator+=(const Counts& other) noexcept {
            candidate += other.candidate;
            reference += other.reference;
            both += other.both;
            return *this;
        }
    };

    /// Words, with one mark of ASCII punctuation at their end or else at their beginning split off.
    static std::vector<std::string_view> words(std::string_view text) {
        static constexpr std::string_view kMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        std::vector<std::string_view> out;
        for (const auto word : text::split_white_space(text)) {
            if (word.size() == text::decode_utf8(word, 0).length) {
                out.push_back(word);
            } else if (kMarks.find(word.back()) != std::string_view::npos) {
                out.push_back(word.substr(0, word.size() - 1));
                out.push_back(word.substr(word.size() - 1));
            } else if (kMarks.find(word.front()) != std::string_view::npos) {
                out.push_back(word.substr(0, 1));
                out.push_back(word.substr(1));
            } else {
                out.push_back(word);
            }
        }
        return out;
    }

    /// One table an order: those of characters, then those of words.
    [[nodiscard]] std::vector<Grams> ngrams(std::string_view text) const {
        std::string joined;
        for (const auto word : text::split_white_space(text)) joined += word;
        std::vector<std::size_t> begins;
        for (std::size_t at = 0; at < joined.size();) {
            begins.push_back(at);
            at += text::decode_utf8(joined, at).length;
        }
        begins.push_back(joined.size());
        std::vector<Grams> grams(kCharacters + word_order_);
        for (std::size_t n = 1; n <= kCharacters; ++n) {
            for (std::size_t i = 0; i + n < begins.size(); ++i) {
                ++grams[n - 1][joined.substr(begins[i], begins[i + n] - begins[i])];
            }
        }
        if (word_order_ == 0) return grams;
        const auto tokens = words(text);
        for (std::size_t n = 1; n <= word_order_; ++n) {
            for (std::size_t i = 0; i + n <= tokens.size(); ++i) {
                std::string gram;
                for (std::size_t k = 0; k < n; ++k) gram.append(k == 0 ? "" : " ").append(tokens[i + k]);
                ++grams[kCharacters + n - 1][gram];
            }
        }
        return grams;
    }

    static std::vector<Counts> compare(const std::vector<Grams>& candidate, const std::vector<Grams>& reference) {
        std::vector<Counts> counts(candidate.size());
        for (std::size_t order = 0; order < counts.size(); ++order) {
            auto& c = counts[order];
            for (const auto& [gram, n] : reference[order]) c.reference += n;
            for (const auto& [gram, n] : candidate[order]) {
                c.candidate += n;
                const auto found = reference[order].find(gram);
                if (found != reference[order].end()) c.both += std::min(n, found->second);
            }
            if (c.reference == 0) c.candidate = 0; // an order that the reference lacks says nothing of the candidate
        }
        return counts;
    }

    static double score_of(const std::vector<Counts>& counts) noexcept {
        constexpr double kBetaSquared = 4.0;
        double precision = 0.0, recall = 0.0, orders = 0.0;
        for (const auto& c : counts) {
            if (c.candidate == 0 || c.reference == 0) continue;
            precision += static_cast<double>(c.both) / static_cast<double>(c.candidate);
            recall += static_cast<double>(c.both) / static_cast<double>(c.reference);
            orders += 1.0;
        }
        if (orders == 0.0 || precision + recall == 0.0) return 0.0;
        precision /= orders;
        recall /= orders;
        return 100.0 * (1.0 + kBetaSquared) * precision * recall / (kBetaSquared * precision + recall);
    }

    std::size_t word_order_;
    std::vector<Counts> totals_;
};

} // namespace familiar::evaluation
