#include <familiar/weights/gguf_contents.hpp>

#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <string>

using namespace familiar;

namespace {

/// The outcome for the first `size` bytes, in memory of just that size (a sanitizer sees what is read beyond).
bool refused(const std::string& file, std::size_t size) {
    const auto exact = std::make_unique<std::byte[]>(size);
    std::copy_n(reinterpret_cast<const std::byte*>(file.data()), size, exact.get());
    try {
        (void)weights::read_gguf({exact.get(), size}, "m.gguf");
    } catch (const Error& error) {
        return std::string(error.what()).find("m.gguf") != std::string::npos;
    }
    return false;
}

} // namespace

TEST_CASE("Contents of a GGUF file in memory are views into that memory") {
    const auto file = tests::small_gguf().bytes();
    const auto bytes = std::as_bytes(std::span(file));
    const auto contents = weights::read_gguf(bytes, "m.gguf");
    REQUIRE(contents.tensors.tensors().size() == 2);
    for (const auto& view : contents.tensors.tensors()) {
        CHECK(view.bytes.data() >= bytes.data());
        CHECK(view.bytes.data() + view.bytes.size() <= bytes.data() + bytes.size());
    }
    CHECK(contents.metadata.find_string("general.architecture") == "llama");
}

TEST_CASE("A GGUF file in memory that ends anywhere is refused, and nothing beyond its end is read") {
    const auto file = tests::small_gguf().bytes();
    CHECK_FALSE(refused(file, file.size()));
    for (std::size_t size = 0; size < file.size(); ++size) {
        INFO("cut at " << size);
        CHECK(refused(file, size));
    }
}

TEST_CASE("A tensor that ends with the file, without padding behind it, is read") {
    tests::GgufFile file;
    file.tensor("a", {3}, 0, tests::floats({1, 2, 3}));
    const auto bytes = file.bytes();
    CHECK_FALSE(refused(bytes, bytes.size()));
    CHECK(refused(bytes, bytes.size() - 1));
}
