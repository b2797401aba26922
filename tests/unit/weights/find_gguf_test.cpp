#include <familiar/weights/find_gguf.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

TEST_CASE("a directory with one GGUF file stands for it", "[find_gguf]") {
    const familiar::tests::ScratchFolder folder;
    folder.write("config.json", "x");
    CHECK_FALSE(familiar::weights::find_gguf(folder.path()));
    folder.write("a.gguf", "x");
    CHECK(familiar::weights::find_gguf(folder.path()) == folder / "a.gguf");
    CHECK(familiar::weights::find_gguf(folder / "a.gguf") == folder / "a.gguf");
    CHECK_FALSE(familiar::weights::find_gguf(folder / "config.json"));
}

TEST_CASE("several GGUF files, or nothing at all, are errors that name the place", "[find_gguf]") {
    const familiar::tests::ScratchFolder folder;
    folder.write("a.gguf", "x");
    folder.write("b.gguf", "x");
    CHECK_THROWS_WITH(familiar::weights::find_gguf(folder.path()),
                      Catch::Contains("2 .gguf files") && Catch::Contains(folder.path().string()));
    CHECK_THROWS_WITH(familiar::weights::find_gguf(folder / "gone"), Catch::Contains("gone"));
}
