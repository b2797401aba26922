#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace familiar::tensor {

/// Rows of `columns` values, `stride` values from row to row. Does not own.
template <class T> struct MatrixView {
    T* data = nullptr;
    std::size_t rows = 0, columns = 0, stride = 0;

    constexpr MatrixView() = default;
    constexpr MatrixView(T* d, std::size_t r, std::size_t c, std::size_t s) noexcept
        : data(d), rows(r), columns(c), stride(s) {}
    constexpr MatrixView(T* d, std::size_t r, std::size_t c) noexcept : MatrixView(d, r, c, c) {}
    /// A view of mutable values is a view of constant ones.
    constexpr operator MatrixView<const T>() const noexcept { return {data, rows, columns, stride}; }

    [[nodiscard]] constexpr T* row(std::size_t r) const noexcept { return data + r * stride; }
    [[nodiscard]] constexpr std::span<T> operator[](std::size_t r) const noexcept { return {row(r), columns}; }
    [[nodiscard]] constexpr MatrixView rows_from(std::size_t first, std::size_t count) const noexcept {
        return {row(first), count, columns, stride};
    }
};

} // namespace familiar::tensor
