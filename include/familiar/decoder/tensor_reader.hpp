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
    explicit TensorReader(const Source& source) : source_(source) {}

    [[nodiscard]] const Source& source() const noexcept { return source_; }
    [[nodiscard]] bool has(std::string_view name) const { return source_.find(name).has_value(); }

    [[nodiscard]] tensor::StoredMatrix matrix(std::string_view name, std::size_t rows, std::size_t columns) {
        used_.emplace(name);
        return weights::require_matrix(source_, name, rows, columns);
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
        return {matrix(stem + ".weight", outputs, inputs), optional_vector(stem + ".bias", outputs)};
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
    std::set<std::string, std::less<>> used_;
};

} // namespace familiar::decoder
