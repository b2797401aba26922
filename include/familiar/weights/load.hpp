#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/finite.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What models ask of a file: tensors that exist, have the right shape and hold numbers, or an error that says which
/// one does not and where.
namespace familiar::weights {

/// Whether `require` reads all values of a tensor and refuses NaN and infinity (at the speed of memory; of quantised
/// types the scales are read).
enum class Finite { check, trust };

namespace detail {

template <WeightSource S> std::string file_of(const S& source, const TensorView& tensor) {
    if constexpr (requires { source.path_of(tensor); }) {
        return std::string(source.path_of(tensor));
    } else {
        return source.path();
    }
}

inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

/// Types that weights come in. Integers are no weights; f64 is left out because no published model and no kernel has
/// it.
constexpr bool holds_weights(tensor::ElementType type) noexcept {
    using enum tensor::ElementType;
    return type != i8 && type != i16 && type != i32 && type != i64 && type != u8 && type != boolean && type != f64;
}

} // namespace detail

/// Of a tensor that holds NaN or infinity in the block from `value` on.
inline Error not_finite(std::string_view name, std::size_t value, std::string file) {
    return {ErrorCode::numeric_failure,
            "tensor " + detail::printable(name) + " holds NaN or infinity at value " + std::to_string(value),
            std::move(file), "The file is damaged, or its training has failed: fetch it again"};
}

/// Throws Error (numeric_failure) naming tensor, value and file where the tensor holds NaN or infinity.
template <WeightSource S> void require_finite(const S& source, const TensorView& tensor) {
    const auto block = tensor::first_not_finite(tensor.type, tensor.bytes);
    if (!block) return;
    throw not_finite(tensor.name, *block * tensor::block_layout(tensor.type).values, detail::file_of(source, tensor));
}

/// The tensor `name`, of any shape, holding weights.
///
/// Throws Error naming tensor and file: malformed_model where there is none or where it holds integers;
/// unsupported_model for f64; numeric_failure for NaN and infinity.
template <WeightSource S> TensorView require(const S& source, std::string_view name, Finite finite = Finite::check) {
    const auto tensor = source.find(name);
    if (!tensor) {
        throw Error(ErrorCode::malformed_model, "there is no tensor " + detail::printable(name), source.path(),
                    "The file is of another model, or incomplete");
    }
    if (!detail::holds_weights(tensor->type)) {
        throw Error(tensor->type == tensor::ElementType::f64 ? ErrorCode::unsupported_model
                                                             : ErrorCode::malformed_model,
                    "tensor " + detail::printable(name) + " holds " + std::string(to_string(tensor->type)) +
                        " where weights are needed",
                    detail::file_of(source, *tensor), "F32, F16, BF16 and the quantised types are read");
    }
    if (finite == Finite::check) require_finite(source, *tensor);
    return *tensor;
}

/// The tensor `name`, which must have the given shape (slowest dimension first).
///
/// Throws Error as above, and malformed_model with both shapes where they differ.
template <WeightSource S>
TensorView require(const S& source, std::string_view name, std::span<const std::size_t> shape,
                   Finite finite = Finite::check) {
    const auto tensor = require(source, name, Finite::trust);
    const std::span<const std::size_t> found(tensor.shape.data(), tensor.dimensions);
    if (!std::ranges::equal(found, shape)) {
        throw Error(ErrorCode::malformed_model,
                    "tensor " + detail::printable(name) + " has the shape " + detail::shape_text(found) +
                        " instead of " + detail::shape_text(shape),
                    detail::file_of(source, tensor), "The file and its configuration are of different models");
    }
    if (finite == Finite::check) require_finite(source, tensor);
    return tensor;
}

template <WeightSource S>
TensorView require(const S& source, std::string_view name, std::initializer_list<std::size_t> shape,
                   Finite finite = Finite::check) {
    return require(source, name, std::span<const std::size_t>(shape.begin(), shape.size()), finite);
}

/// All values as f32, in row order.
inline std::vector<float> to_floats(const TensorView& tensor) {
    std::vector<float> values(tensor.size());
    tensor::dequantize(tensor.type, tensor.bytes.data(), values.size(), values.data());
    return values;
}

/// `require`, then all values as f32: for biases, norms and other small tensors.
template <WeightSource S>
std::vector<float> require_floats(const S& source, std::string_view name, std::initializer_list<std::size_t> shape) {
    return to_floats(require(source, name, shape));
}

/// The tensor as a matrix for the kernels, without a copy: the last dimension as columns, all others together as rows.
inline tensor::StoredMatrix stored_matrix(const TensorView& tensor) noexcept {
    const std::size_t columns = tensor.dimensions == 0 ? 1 : tensor.shape[tensor.dimensions - 1];
    return {tensor.type, tensor.bytes.data(), columns == 0 ? 0 : tensor.size() / columns, columns};
}

/// `require` of [rows, columns], as a matrix.
template <WeightSource S>
tensor::StoredMatrix require_matrix(const S& source, std::string_view name, std::size_t rows, std::size_t columns,
                                    Finite finite = Finite::check) {
    return stored_matrix(require(source, name, {rows, columns}, finite));
}

} // namespace familiar::weights
