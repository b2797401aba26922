#include "loaded_model.hpp"
#include "unit/weights/model_files.hpp"

#include <familiar/decoder/prefix_file.hpp>
#include <familiar/decoder/prefix_keeper.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using namespace familiar;
using decoder::PrefixCache;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

ErrorCode code_of(const std::filesystem::path& path, const decoder::DecoderShape& shape, const char* identity = "m") {
    PrefixCache cache;
    try {
        decoder::load_prefixes(cache, shape, identity, path);
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::Contains(path.string()));
        CHECK(cache.size() == 0);
        return error.code();
    }
    FAIL("accepted");
    return ErrorCode::invalid_argument;
}

} // namespace

TEST_CASE("kept beginnings come back from a file to the bit, and cost nothing then") {
    const tests::TinyModel tiny;
    tests::LoadedModel<> loaded(tiny);
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "prefixes";
    decoder::PrefixKeeper keeper(loaded.model);
    const auto prompt = tests::some_tokens(60, 1), other = tests::some_tokens(40, 2);
    const auto first = keeper.keep(prompt, 50);
    keeper.keep(other, 30);
    decoder::save_prefixes(keeper.cache(), loaded.shape, "m", path);

    decoder::PrefixKeeper again(loaded.model);
    decoder::load_prefixes(again.cache(), loaded.shape, "m", path);
    CHECK(again.cache().size() == 2);
    const auto before = loaded.model.tokens_processed();
    const auto kept = again.keep(prompt, 50);
    CHECK(kept.reused == 50);
    CHECK(loaded.model.tokens_processed() == before);
    for (std::size_t layer = 0; layer < 2; ++layer) {
        CHECK(std::equal(kept.store->keys(layer), kept.store->keys(layer) + 50 * 16, first.store->keys(layer)));
        CHECK(std::equal(kept.store->values(layer), kept.store->values(layer) + 50 * 16, first.store->values(layer)));
    }
    decoder::save_prefixes(again.cache(), loaded.shape, "m", path);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file of another model, or a damaged one, is refused and leaves the cache alone") {
    const tests::TinyModel tiny;
    tests::LoadedModel<> loaded(tiny);
    const tests::ScratchFolder folder;
    decoder::PrefixKeeper keeper(loaded.model);
    keeper.keep(tests::some_tokens(20, 1), 10);
    const auto path = folder.path() / "prefixes";
    decoder::save_prefixes(keeper.cache(), loaded.shape, "m", path);
    const std::string good = bytes_of(path);
    CHECK(code_of(path, loaded.shape, "n") == ErrorCode::invalid_argument);
    auto other = loaded.shape;
    other.layers = 3;
    CHECK(code_of(path, other) == ErrorCode::invalid_argument);
    CHECK(code_of(folder.path() / "gone", loaded.shape) == ErrorCode::file_not_found);
    for (std::size_t size = 0; size < good.size(); size += 1 + size / 8) {
        CHECK(code_of(folder.write("cut", good.substr(0, size)), loaded.shape) == ErrorCode::malformed_model);
    }
    CHECK(code_of(folder.write("more", good + "x"), loaded.shape) == ErrorCode::malformed_model);
    for (std::size_t at = 46; at < good.size(); at += 97) { // behind the sizes
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x40);
        CHECK(code_of(folder.write("bad", bad), loaded.shape) == ErrorCode::malformed_model);
    }
    CHECK_THROWS_AS(decoder::save_prefixes(keeper.cache(), loaded.shape, "m", folder.path() / "no" / "such"), Error);
}
