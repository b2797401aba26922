#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::retrieval {

/// The members of the BM25 family that libraries are known by (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020).
enum class Bm25Variant {
    lucene,    ///< idf = ln(1 + (N − n + ½) / (n + ½)), never negative
    robertson, ///< idf = ln((N − n + ½) / (n + ½)), at least 0
    atire,     ///< idf = ln(N / n), frequencies times k1 + 1
    okapi      ///< robertson's with frequencies times k1 + 1, a negative idf replaced by a quarter of the mean of all
};

/// A document that shares words with a query.
template <std::floating_point Score> struct ScoredDocument {
    std::size_t index = 0;
    Score score = 0;
    friend bool operator==(const ScoredDocument&, const ScoredDocument&) = default;
};

/// BM25 (Robertson, Zaragoza, "The Probabilistic Relevance Framework", 2009) over documents given as words. What a word
/// adds to a document's score is computed when the index is made (bm25s, arXiv 2407.03618): a query adds up the lists
/// of its words, in blocks of documents whose sums stay in the first-level cache.
///
/// Memory: 4 + sizeof(Score) bytes for each distinct word of each document. `search`: O(lengths of the words' lists +
/// documents).
template <std::floating_point Score = float> class Bm25Index {
  public:
    struct Settings {
        double k1 = 1.5; ///< how soon a repeated word counts no more, >= 0
        double b = 0.75; ///< how much a long document's words count less, 0 to 1
        Bm25Variant variant = Bm25Variant::lucene;
    };

    Bm25Index() = default;

    /// @param documents words of each; fewer than 2^32
    explicit Bm25Index(std::span<const std::vector<std::string>> documents, Settings settings = {})
        : documents_(documents.size()) {
        std::vector<std::vector<Count>> lists;
        std::vector<std::uint32_t> ids;
        double total = 0.0;
        for (std::size_t d = 0; d < documents.size(); ++d) {
            ids.clear();
            for (const auto& word : documents[d]) {
                const auto [place, fresh] = words_.emplace(word, static_cast<std::uint32_t>(words_.size()));
                if (fresh) lists.emplace_back();
                ids.push_back(place->second);
            }
            std::sort(ids.begin(), ids.end());
            for (std::size_t i = 0; i < ids.size();) {
                std::size_t end = i;
                while (end < ids.size() && ids[end] == ids[i]) ++end;
                lists[ids[i]].push_back({static_cast<std::uint32_t>(d), static_cast<std::uint32_t>(end - i)});
                i = end;
            }
            total += static_cast<double>(documents[d].size());
        }
        const double mean = documents.empty() ? 1.0 : std::max(total / static_cast<double>(documents.size()), 1e-300);
        weigh(documents, lists, mean, settings);
    }

    [[nodiscard]] std::size_t size() const noexcept { return documents_; }
    [[nodiscard]] std::size_t vocabulary() const noexcept { return words_.size(); }

    /// The score of every document; a word that stands in the query twice counts twice, an unknown one not.
    [[nodiscard]] std::vector<Score> scores(std::span<const std::string> query) const {
        std::vector<Score> sums(documents_, Score{0});
        for (const auto& [word, times] : known(query)) {
            for (std::size_t i = begins_[word]; i < begins_[word + 1]; ++i) {
                sums[postings_[i]] += static_cast<Score>(times) * impacts_[i];
            }
        }
        return sums;
    }

    /// The `count` documents of the largest scores, best first, the lower index first among equals. Documents that
    /// share no word with the query have score 0 and come after those that do (a negative idf apart), in their order.
    [[nodiscard]] std::vector<ScoredDocument<Score>> search(std::span<const std::string> query,
                                                            std::size_t count) const {
        using Scored = ScoredDocument<Score>;
        count = std::min(count, documents_);
        std::vector<Scored> best;
        if (count == 0) return best;
        best.reserve(2 * count + kBlock);
        const auto better = [](const Scored& a, const Scored& b) {
            return a.score > b.score || (a.score == b.score && a.index < b.index);
        };
        struct List {
            std::size_t at, end;
            Score times;
        };
        std::vector<List> lists;
        for (const auto& [word, times] : known(query)) {
            lists.push_back({begins_[word], begins_[word + 1], static_cast<Score>(times)});
        }
        Score sums[kBlock];
        Score threshold = -std::numeric_limits<Score>::infinity(); // documents come in order: equals lose
        for (std::size_t first = 0; first < documents_; first += kBlock) {
            const std::size_t width = std::min(kBlock, documents_ - first);
            std::fill_n(sums, width, Score{0});
            for (auto& [at, end, times] : lists) {
                for (; at < end && postings_[at] < first + width; ++at)
                    sums[postings_[at] - first] += times * impacts_[at];
            }
            for (std::size_t i = 0; i < width; ++i) {
                if (sums[i] > threshold) best.push_back({first + i, sums[i]});
            }
            if (best.size() >= 2 * count) {
                const auto last = best.begin() + static_cast<std::ptrdiff_t>(count - 1);
                std::nth_element(best.begin(), last, best.end(), better);
                threshold = last->score;
                best.resize(count);
            }
        }
        const auto end = best.begin() + static_cast<std::ptrdiff_t>(std::min(count, best.size()));
        std::partial_sort(best.begin(), end, best.end(), better);
        best.erase(end, best.end());
        return best;
    }

  private:
    static constexpr std::size_t kBlock = 4096; ///< documents whose sums are at hand: 16 KiB of float

    struct Count {
        std::uint32_t document, times;
    };

    void weigh(std::span<const std::vector<std::string>> documents, const std::vector<std::vector<Count>>& lists,
               double mean, const Settings& s) {
        const auto n = static_cast<double>(documents.size());
        const auto idf_of = [&](std::size_t word) {
            const auto df = static_cast<double>(lists[word].size());
            const double odds = (n - df + 0.5) / (df + 0.5);
            switch (s.variant) {
            case Bm25Variant::lucene:
                return std::log1p(odds);
            case Bm25Variant::robertson:
                return std::log(std::max(odds, 1.0));
            case Bm25Variant::atire:
                return std::log(n / df);
            default:
                return std::log(n - df + 0.5) - std::log(df + 0.5);
            }
        };
        double floor = -std::numeric_limits<double>::infinity(), instead = 0.0;
        if (s.variant == Bm25Variant::okapi) {
            double sum = 0.0;
            for (std::size_t word = 0; word < lists.size(); ++word) sum += idf_of(word);
            floor = 0.0;
            instead = lists.empty() ? 0.0 : 0.25 * sum / static_cast<double>(lists.size());
        }
        const bool saturated = s.variant == Bm25Variant::atire || s.variant == Bm25Variant::okapi;
        begins_.assign(1, 0);
        for (std::size_t word = 0; word < lists.size(); ++word) {
            double idf = idf_of(word);
            if (idf < floor) idf = instead;
            for (const auto& [document, times] : lists[word]) {
                const auto f = static_cast<double>(times);
                const double length = static_cast<double>(documents[document].size()) / mean;
                const double frequency = f * (saturated ? s.k1 + 1.0 : 1.0) / (f + s.k1 * (1.0 - s.b + s.b * length));
                postings_.push_back(document);
                impacts_.push_back(static_cast<Score>(idf * frequency));
            }
            begins_.push_back(postings_.size());
        }
    }

    /// Words of the query that documents hold, and how often it has them; in the order of the index, so that sums do
    /// not depend on the order of the query's words.
    [[nodiscard]] std::map<std::uint32_t, std::size_t> known(std::span<const std::string> query) const {
        std::map<std::uint32_t, std::size_t> counts;
        for (const auto& word : query) {
            const auto found = words_.find(word);
            if (found != words_.end()) ++counts[found->second];
        }
        return counts;
    }

    std::size_t documents_ = 0;
    std::unordered_map<std::string, std::uint32_t> words_;
    std::vector<std::size_t> begins_;     ///< of each word's list, and the end of the last
    std::vector<std::uint32_t> postings_; ///< documents, ascending within a list
    std::vector<Score> impacts_;          ///< what the word adds to each document's score
};

} // namespace familiar::retrieval
