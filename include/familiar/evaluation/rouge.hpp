#pragma once

#include <familiar/core/ascii_case.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// ROUGE (Lin, "ROUGE: a package for automatic evaluation of summaries", 2004) as the library rouge-score has it
/// without stemming: words are runs of ASCII letters and digits in lower case, so it says nothing of other scripts.
namespace familiar::evaluation {

/// Shares in [0, 1]; 0 where either text has nothing to match.
struct Rouge {
    double precision = 0.0, recall = 0.0, f1 = 0.0;
};

namespace detail {

using RougeWords = std::vector<std::string>;

inline RougeWords rouge_words(std::string_view text) {
    RougeWords words;
    std::string word;
    for (const char c : text) {
        const char lower = ascii_lower(c);
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
            word += lower;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

inline Rouge rouge_of(double hits, double candidate, double reference) {
    Rouge rouge;
    if (candidate > 0.0) rouge.precision = hits / candidate;
    if (reference > 0.0) rouge.recall = hits / reference;
    const double sum = rouge.precision + rouge.recall;
    if (sum > 0.0) rouge.f1 = 2.0 * rouge.precision * rouge.recall / sum;
    return rouge;
}

/// Lengths of longest common subsequences of all beginnings: [(a + 1) · (b + 1)].
inline std::vector<std::size_t> common_lengths(const RougeWords& a, const RougeWords& b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> table((a.size() + 1) * width, 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            table[i * width + j] = a[i - 1] == b[j - 1]
                                       ? table[(i - 1) * width + j - 1] + 1
                                       : std::max(table[(i - 1) * width + j], table[i * width + j - 1]);
        }
    }
    return table;
}

inline std::vector<RougeWords> rouge_sentences(std::string_view text) {
    std::vector<RougeWords> sentences;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) sentences.push_back(rouge_words(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return sentences;
}

} // namespace detail

/// Common n-grams, each as often as it stands in both. n >= 1.
[[nodiscard]] inline Rouge rouge_n(std::string_view candidate, std::string_view reference, std::size_t n) {
    const auto grams = [n](std::string_view text) {
        const auto words = detail::rouge_words(text);
        std::map<detail::RougeWords, double> counts;
        for (std::size_t i = 0; i + n <= words.size(); ++i) {
            const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
            counts[{begin, begin + static_cast<std::ptrdiff_t>(n)}] += 1.0;
        }
        return counts;
    };
    const auto of_candidate = grams(candidate), of_reference = grams(reference);
    double hits = 0.0, all_candidate = 0.0, all_reference = 0.0;
    for (const auto& [gram, count] : of_candidate) {
        all_candidate += count;
        const auto found = of_reference.find(gram);
        if (found != of_reference.end()) hits += std::min(count, found->second);
    }
    for (const auto& [gram, count] : of_reference) all_reference += count;
    return detail::rouge_of(hits, all_candidate, all_reference);
}

/// The longest common subsequence of words. O(candidate · reference).
[[nodiscard]] inline Rouge rouge_l(std::string_view candidate, std::string_view reference) {
    const auto a = detail::rouge_words(reference), b = detail::rouge_words(candidate);
    const auto table = detail::common_lengths(a, b);
    return detail::rouge_of(static_cast<double>(table.back()), static_cast<double>(b.size()),
                            static_cast<double>(a.size()));
}

/// The same for texts of several lines: of each line of the reference the words that are in a longest common
/// subsequence with any line of the candidate, none counted more often than it stands in either text.
[[nodiscard]] inline Rouge rouge_l_sum(std::string_view candidate, std::string_view reference) {
    const auto of_reference = detail::rouge_sentences(reference), of_candidate = detail::rouge_sentences(candidate);
    std::map<std::string, std::size_t> left_reference, left_candidate;
    double all_reference = 0.0, all_candidate = 0.0, hits = 0.0;
    const auto count = [](const auto& sentences, auto& left, double& all) {
        for (const auto& sentence : sentences) {
            for (const auto& word : sentence) ++left[word];
            all += static_cast<double>(sentence.size());
        }
    };
    count(of_reference, left_reference, all_reference);
    count(of_candidate, left_candidate, all_candidate);
    for (const auto& sentence : of_reference) {
        std::vector<char> common(sentence.size(), 0);
        for (const auto& other : of_candidate) {
            const auto table = detail::common_lengths(sentence, other);
            const std::size_t width = other.size() + 1;
            for (std::size_t i = sentence.size(), j = other.size(); i > 0 && j > 0;) {
                if (sentence[i - 1] == other[j - 1]) {
                    common[--i] = 1;
                    --j;
                } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) {
                    --j;
                } else {
                    --i;
                }
            }
        }
        for (std::size_t i = 0; i < sentence.size(); ++i) {
            if (common[i] == 0) continue;
            auto& in_reference = left_reference[sentence[i]];
            auto& in_candidate = left_candidate[sentence[i]];
            if (in_reference == 0 || in_candidate == 0) continue;
            --in_reference;
            --in_candidate;
            hits += 1.0;
        }
    }
    return detail::rouge_of(hits, all_candidate, all_reference);
}

} // namespace familiar::evaluation
