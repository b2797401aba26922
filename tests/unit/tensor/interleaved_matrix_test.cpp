#include <familiar/core/random.hpp>
#include <familiar/tensor/interleaved_matrix.hpp>
#include <familiar/tensor/page_memory.hpp>
#include <familiar/weights/mapped_file.hpp>

#include <catch2/catch.hpp>

#include <support/scratch_folder.hpp>

#include <cstring>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tensor;

TEST_CASE("a matrix is interleaved panel by panel, when a panel is first asked for", "[tensor]") {
    CHECK(InterleavedMatrix().empty());
    StoredMatrix stored{ElementType::q5_1, nullptr, 130, 64};
    Random random(1, "matrix");
    std::vector<std::byte> bytes(stored.rows * stored.row_bytes());
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0x3fU);
    stored.data = bytes.data();
    PageMemory memory(InterleavedMatrix::bytes(stored));
    InterleavedMatrix matrix(stored, memory.data());
    CHECK_FALSE(matrix.empty());
    const std::size_t size = InterleavedPanel::bytes(stored.type, stored.columns);
    CHECK(memory.size() == 3 * size);
    std::vector<std::byte> truth(size);
    for (const std::size_t p : {1, 2, 0}) {
        CHECK(memory.data()[p * size + size / 2] == std::byte{});
        CHECK_FALSE(matrix.is_complete());
        const InterleavedPanel panel = matrix.panel(p);
        interleave(stored, p, truth.data());
        CHECK(panel.data == memory.data() + p * size);
        CHECK(panel.type == stored.type);
        CHECK(panel.columns == 64);
        CHECK(std::memcmp(panel.data, truth.data(), size) == 0);
    }
    CHECK(matrix.is_complete());
    CHECK_FALSE(matrix.not_finite().has_value());
    // Not again: the copy is what counts from now on.
    std::fill(bytes.begin(), bytes.end(), std::byte{});
    CHECK(std::memcmp(matrix.panel(0).data, truth.data(), size) == 0);
}

TEST_CASE("the pages of a mapped matrix are given back while it is interleaved, which changes nothing", "[tensor]") {
    // Some 9 MB: several portions.
    StoredMatrix stored{ElementType::q8_0, nullptr, 9000, 1024};
    std::vector<std::byte> bytes(stored.rows * stored.row_bytes());
    Random random(2, "matrix");
    for (std::size_t i = 0; i < bytes.size(); i += 7) bytes[i] = static_cast<std::byte>(random() & 0x3fU);
    const tests::ScratchFolder folder;
    const auto path = folder.write("matrix", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    const auto file = weights::MappedFile::open(path);
    stored.data = file.bytes().data();
    PageMemory memory(InterleavedMatrix::bytes(stored));
    InterleavedMatrix matrix(stored, memory.data(), file.bytes());
    for (std::size_t p = 0; p < InterleavedMatrix::panels(stored); ++p) static_cast<void>(matrix.panel(p));
    stored.data = bytes.data();
    std::vector<std::byte> truth(InterleavedPanel::bytes(stored.type, stored.columns));
    for (std::size_t p = 0; p < InterleavedMatrix::panels(stored); ++p) {
        interleave(stored, p, truth.data());
        REQUIRE(std::memcmp(matrix.panel(p).data, truth.data(), truth.size()) == 0);
    }
}
