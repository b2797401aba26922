#include <familiar/weights/find_gguf.hpp>

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("familiar-find-gguf-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    void touch(const char* name) const { std::ofstream(path / name) << "x"; }
};

} // namespace

TEST_CASE("a directory with one GGUF file stands for it", "[find_gguf]") {
    const Folder folder;
    folder.touch("config.json");
    CHECK_FALSE(familiar::weights::find_gguf(folder.path));
    folder.touch("a.gguf");
    CHECK(familiar::weights::find_gguf(folder.path) == folder.path / "a.gguf");
    CHECK(familiar::weights::find_gguf(folder.path / "a.gguf") == folder.path / "a.gguf");
    CHECK_FALSE(familiar::weights::find_gguf(folder.path / "config.json"));
}

TEST_CASE("several GGUF files, or nothing at all, are errors that name the place", "[find_gguf]") {
    const Folder folder;
    folder.touch("a.gguf");
    folder.touch("b.gguf");
    CHECK_THROWS_WITH(familiar::weights::find_gguf(folder.path),
                      Catch::Contains("2 .gguf files") && Catch::Contains(folder.path.string()));
    CHECK_THROWS_WITH(familiar::weights::find_gguf(folder.path / "gone"), Catch::Contains("gone"));
}
