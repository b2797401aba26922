#include <familiar/weights/gguf_metadata.hpp>

#include <familiar/weights/gguf.hpp>

#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace familiar;
using weights::Gguf;

TEST_CASE("Metadata of every type is read as what it is") {
    const tests::ScratchFolder folder;
    const auto file = Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes()));
    CHECK(file.find_string("general.architecture") == "llama");
    CHECK(file.find_unsigned("u8") == 200U);
    CHECK(file.find_unsigned("u16") == 60000U);
    CHECK(file.find_unsigned("u32") == 4000000000U);
    CHECK(file.find_unsigned("u64") == std::numeric_limits<std::uint64_t>::max());
    CHECK(file.find_float("f32") == 0.25F);
    CHECK(file.find_float("f64") == 0.1F);
    CHECK(file.find_bool("yes") == true);
    CHECK(file.find_integers("types") == std::vector<std::int64_t>{1, -2, 3});
    CHECK(file.find_integers("i8") == std::vector<std::int64_t>{-5});
    CHECK(file.find_integers("i16") == std::vector<std::int64_t>{-300});
    CHECK(file.find_integers("i32") == std::vector<std::int64_t>{-7});
    CHECK(file.find_integers("i64") == std::vector<std::int64_t>{-1});
    CHECK(file.find_integers("nothing") == std::vector<std::int64_t>{});
    CHECK(file.find_floats("scores") == std::vector<float>{0.5F, -1.0F});
    CHECK(file.find_floats("f32") == std::vector<float>{0.25F});
    CHECK(file.find_strings("tokens") == std::vector<std::string_view>{"a", "", std::string_view("\xff\0z", 3)});
    CHECK(file.contains("u8"));
    CHECK(file.metadata().values().size() == 16);
}

TEST_CASE("A key that is not there gives nothing, whatever is asked") {
    const tests::ScratchFolder folder;
    const auto file = Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes()));
    CHECK_FALSE(file.find_string("gone"));
    CHECK_FALSE(file.find_unsigned("gone"));
    CHECK_FALSE(file.find_float("gone"));
    CHECK_FALSE(file.find_bool("gone"));
    CHECK_FALSE(file.find_strings("gone"));
    CHECK_FALSE(file.find_integers("gone"));
    CHECK_FALSE(file.find_floats("gone"));
    CHECK_FALSE(file.contains("gone"));
}

TEST_CASE("A value of another type is refused with key and file") {
    const tests::ScratchFolder folder;
    const auto file = Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes()));
    const auto refused = [&](std::string_view key, auto read) {
        INFO(key);
        try {
            read(key);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::malformed_model);
            CHECK(std::string(error.what()).find("`" + std::string(key) + "`") != std::string::npos);
            CHECK(std::string(error.what()).find("m.gguf") != std::string::npos);
            return true;
        }
        return false;
    };
    for (const auto* const key : {"u8", "tokens", "yes"}) {
        CHECK(refused(key, [&](auto k) { (void)file.find_string(k); }));
    }
    for (const auto* const key : {"i8", "i16", "i32", "i64", "f32", "yes", "types", "general.architecture"}) {
        CHECK(refused(key, [&](auto k) { (void)file.find_unsigned(k); }));
    }
    for (const auto* const key : {"u8", "scores", "general.architecture"}) {
        CHECK(refused(key, [&](auto k) { (void)file.find_float(k); }));
    }
    for (const auto* const key : {"u8", "f32"}) CHECK(refused(key, [&](auto k) { (void)file.find_bool(k); }));
    for (const auto* const key : {"types", "general.architecture"}) {
        CHECK(refused(key, [&](auto k) { (void)file.find_strings(k); }));
    }
    for (const auto* const key : {"tokens", "scores", "u64", "yes", "general.architecture"}) {
        CHECK(refused(key, [&](auto k) { (void)file.find_integers(k); }));
    }
    for (const auto* const key : {"tokens", "types"}) CHECK(refused(key, [&](auto k) { (void)file.find_floats(k); }));
}
