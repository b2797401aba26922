#include <familiar/tensor/aligned_buffer.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <utility>

using familiar::tensor::AlignedBuffer;

namespace {

template <class T> bool aligned(const AlignedBuffer<T>& buffer) {
    return reinterpret_cast<std::uintptr_t>(buffer.data()) % AlignedBuffer<T>::kAlignment == 0;
}

} // namespace

TEST_CASE("A buffer begins at a multiple of 64 bytes, whatever its size") {
    for (const std::size_t size : {1U, 3U, 16U, 1000U}) {
        const AlignedBuffer<float> buffer(size);
        CHECK(buffer.size() == size);
        CHECK(aligned(buffer));
        CHECK(buffer.end() - buffer.begin() == static_cast<std::ptrdiff_t>(size));
    }
    CHECK(AlignedBuffer<float>().size() == 0);
}

TEST_CASE("A buffer that shrinks keeps its memory, and takes new memory only to grow beyond it") {
    AlignedBuffer<std::int32_t> buffer(100);
    const auto* const place = buffer.data();
    buffer.resize(10);
    CHECK(buffer.data() == place);
    CHECK(buffer.size() == 10);
    buffer.resize(100);
    CHECK(buffer.data() == place);
    buffer.resize(101);
    CHECK(buffer.size() == 101);
    CHECK(aligned(buffer));
    for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<std::int32_t>(i);
    CHECK(buffer[100] == 100);
}

TEST_CASE("A buffer that is moved hands over its memory") {
    AlignedBuffer<float> first(4);
    first[3] = 2.5F;
    const auto* const place = first.data();
    AlignedBuffer<float> second(std::move(first));
    CHECK(second.data() == place);
    AlignedBuffer<float> third(2);
    third = std::move(second);
    CHECK(third.data() == place);
    CHECK(third.size() == 4);
    CHECK(third[3] == 2.5F);
}
