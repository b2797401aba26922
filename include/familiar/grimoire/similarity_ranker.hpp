#pragma once

#include <familiar/encoder/text_encoder.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/scored_choice.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// For each query the grimoire whose embedding is nearest by cosine (SLEICL's similarity ranking, arXiv 2401.03385,
/// section 3.3); the first of equals.
///
/// The published system embeds a grimoire in one piece, which an encoder cuts at its longest input (256 tokens for
/// MiniLM, a tenth of a long grimoire's words lost and more). Here it is embedded in pieces of whole lines, about 600
/// bytes each, and its vector is their mean: all of it counts. `prepare` costs the pieces' embedding, `choose` the
/// queries' and O(queries · grimoires · dimension).
template <encoder::TextEncoder Encoder> class SimilarityRanker {
  public:
    static constexpr bool depends_on_query = true;

    /// @param grimoires at least one, else nothing is ever chosen
    SimilarityRanker(std::vector<Grimoire> grimoires, Encoder encoder)
        : grimoires_(std::make_unique<const std::vector<Grimoire>>(std::move(grimoires))),
          encoder_(std::move(encoder)) {}

    void prepare(const Task&) {
        std::vector<Example> pieces;
        std::vector<std::size_t> owners;
        for (std::size_t g = 0; g < grimoires_->size(); ++g) {
            for (auto& piece : pieces_of((*grimoires_)[g].text)) {
                pieces.push_back({"", std::move(piece), {}, {}});
                owners.push_back(g);
            }
        }
        const std::size_t dimension = encoder_.dimension();
        vectors_.assign(grimoires_->size() * dimension, 0.0);
        const auto embedded = embed(pieces);
        for (std::size_t p = 0; p < pieces.size(); ++p) {
            for (std::size_t d = 0; d < dimension; ++d)
                vectors_[owners[p] * dimension + d] += embedded[p * dimension + d];
        }
        for (std::size_t g = 0; g < grimoires_->size(); ++g) normalise(&vectors_[g * dimension], dimension);
    }

    /// Cosines, one row a query, one column a grimoire in the order given.
    [[nodiscard]] std::vector<std::vector<double>> scores(std::span<const Example> queries) {
        const std::size_t dimension = encoder_.dimension();
        const auto asked = embed(queries);
        std::vector<std::vector<double>> out(queries.size(), std::vector<double>(grimoires_->size(), 0.0));
        for (std::size_t q = 0; q < queries.size(); ++q) {
            for (std::size_t g = 0; g < grimoires_->size(); ++g) {
                for (std::size_t d = 0; d < dimension; ++d)
                    out[q][g] += asked[q * dimension + d] * vectors_[g * dimension + d];
            }
        }
        return out;
    }

    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) {
        return largest_scored(scores(queries), *grimoires_);
    }

    [[nodiscard]] const std::vector<Grimoire>& grimoires() const noexcept { return *grimoires_; }

    [[nodiscard]] std::string identity() const {
        return "similarity(" + std::string(encoder_.identity()) + ";" + joined_names(*grimoires_) + ")";
    }

    /// A text in pieces of whole lines of about 600 bytes; a longer line is a piece of its own. Never empty.
    [[nodiscard]] static std::vector<std::string> pieces_of(std::string_view text) {
        constexpr std::size_t enough = 600;
        std::vector<std::string> pieces(1);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const std::string_view line = text.substr(begin, end - begin);
            if (!pieces.back().empty() && pieces.back().size() + line.size() > enough) pieces.emplace_back();
            pieces.back().append(line).append("\n");
            begin = end + 1;
        }
        return pieces;
    }

  private:
    /// Rows of length 1.
    [[nodiscard]] std::vector<double> embed(std::span<const Example> examples) {
        const std::size_t dimension = encoder_.dimension();
        tensor::AlignedBuffer<float> values;
        values.resize(examples.size() * dimension);
        if (!examples.empty())
            encoder_.embed(examples, tensor::MatrixView<float>(values.data(), examples.size(), dimension));
        std::vector<double> rows(values.data(), values.data() + examples.size() * dimension);
        for (std::size_t r = 0; r < examples.size(); ++r) normalise(&rows[r * dimension], dimension);
        return rows;
    }

    static void normalise(double* row, std::size_t dimension) {
        double squares = 0.0;
        for (std::size_t d = 0; d < dimension; ++d) squares += row[d] * row[d];
        if (!(squares > 0.0)) return;
        const double length = std::sqrt(squares);
        for (std::size_t d = 0; d < dimension; ++d) row[d] /= length;
    }

    std::unique_ptr<const std::vector<Grimoire>> grimoires_;
    Encoder encoder_;
    std::vector<double> vectors_; ///< [grimoires, dimension], rows of length 1
};

} // namespace familiar::grimoire
