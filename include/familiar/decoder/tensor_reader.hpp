#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/linear_weights.hpp>
#include <familiar/weights/load.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

/// Reads tensors as a model asks for them and remembers which. Every one is checked: shape, type, finite values.
template <weights::WeightSource Source> class TensorReader {
  public:
    /// @param copied `trust` leaves the matrices of linear layers that products copy into another order
    ///               (`tensor::is_interleaved`) to be checked by the copying: a file is not read before it is used
    explicit TensorReader(const Source& source, weights::Finite copied = weights::Finite::check)
        : source_(source), copied_(copied) {}

    [[nodiscard]] const Source& source() const noexcept { return source_; }
    [[nodiscard]] bool has(std::string_view name) const { return source_.find(name).has_value(); }

    [[nodiscard]] tensor::StoredMatrix matrix(std::string_view name, std::size_t rows, std::size_t columns,
                                              weights::Finite finite = weights::Finite::check) {
        used_.emplace(name);
        return weights::require_matrix(source_, name, rows, columns, finite);
    }
    /// Of a linear layer.
    [[nodiscard]] tensor::StoredMatrix linear_matrix(std::string_view name, std::size_t rows, std::size_t columns) {
        const auto tensor = source_.find(name);
        const bool later =
            copied_ == weights::Finite::trust && tensor.has_value() && tensor::is_interleaved(tensor->type);
        return matrix(name, rows, columns, later ? weights::Finite::trust : weights::Finite::check);
    }

    [[nodiscard]] std::vector<float> vector(std::string_view name, std::size_t size) {
        used_.emplace(name);
        return weights::require_floats(source_, name, {size});
    }

    /// Empty where there is no such tensor.
    [[nodiscard]] std::vector<float> optional_vector(std::string_view name, std::size_t size) {
        return has(name) ? vector(name, size) : std::vector<float>{};
    }

    /// `stem`.weight and, where it is there, `stem`.bias.
    [[nodiscard]] LinearWeights linear(const std::string& stem, std::size_t outputs, std::size_t inputs) {
        LinearWeights out{linear_matrix(stem + ".weight", outputs, inputs), optional_vector(stem + ".bias", outputs)};
        out.name = stem + ".weight";
        return out;
    }

    /// Takes a tensor as asked for that is of no use (a mask that training left in the file, say).
    void skip(std::string_view name) { used_.emplace(name); }

    /// Throws `Error` (unsupported_model) where the file holds a tensor that was not asked for: what it is there for
    /// would be left out, and the model's results be wrong without a word.
    void require_all_used() const {
        const std::span<const weights::TensorView> tensors = source_.tensors();
        for (const auto& tensor : tensors) {
            if (used_.find(tensor.name) == used_.end()) {
                throw Error(ErrorCode::unsupported_model,
                            "tensor " + weights::detail::printable(tensor.name) + " has no place in this architecture",
                            std::string(source_.path()), "The file is of another architecture than it says");
            }
        }
    }

  private:
    const Source& source_;
    weights::Finite copied_;
    std::set<std::string, std::less<>> used_;
};

} // namespace familiar::decoder
