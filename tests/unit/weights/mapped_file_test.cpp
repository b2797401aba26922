#include <familiar/weights/mapped_file.hpp>

#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

using namespace familiar;
using weights::MappedFile;

namespace {

Error refusal(const std::filesystem::path& path) {
    try {
        (void)MappedFile::open(path);
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::invalid_argument, "nothing was refused"};
}

} // namespace

TEST_CASE("A mapped file shows the bytes of the file") {
    const tests::ScratchFolder folder;
    const auto path = folder.write("data.bin", std::string("ab\0c", 4));
    const auto file = MappedFile::open(path);
    REQUIRE(file.size() == 4);
    CHECK(std::string(reinterpret_cast<const char*>(file.bytes().data()), 4) == std::string("ab\0c", 4));
    CHECK(file.path() == path.string());
}

TEST_CASE("A mapped file that is moved keeps its bytes where they are") {
    const tests::ScratchFolder folder;
    auto first = MappedFile::open(folder.write("one", "one"));
    auto second = MappedFile::open(folder.write("two", "four"));
    const auto* const place = second.bytes().data();
    first = std::move(second);
    CHECK(first.bytes().data() == place);
    CHECK(first.size() == 4);
    const MappedFile third(std::move(first));
    CHECK(third.bytes().data() == place);
    CHECK(third.bytes()[0] == std::byte{'f'});
}

TEST_CASE("A mapped file lives on when the file is deleted or replaced") {
    const tests::ScratchFolder folder;
    const auto path = folder.write("data", "old");
    const auto file = MappedFile::open(path);
    std::filesystem::rename(folder.write("new", "new content"), path);
    CHECK(file.bytes()[0] == std::byte{'o'});
    CHECK(MappedFile::open(path).size() == 11);
}

TEST_CASE("What cannot be mapped is refused with its path") {
    const tests::ScratchFolder folder;
    const auto gone = refusal(folder.path() / "gone.gguf");
    CHECK(gone.code() == ErrorCode::file_not_found);
    CHECK(std::string(gone.what()).find("gone.gguf") != std::string::npos);

    CHECK(refusal(folder.write("file", "x") / "below").code() == ErrorCode::file_not_found);

    const auto directory = refusal(folder.path());
    CHECK(directory.code() == ErrorCode::file_unreadable);
    CHECK(std::string(directory.what()).find("directory") != std::string::npos);

    const auto empty = refusal(folder.write("empty.gguf", ""));
    CHECK(empty.code() == ErrorCode::malformed_model);
    CHECK(std::string(empty.what()).find("empty.gguf") != std::string::npos);

    CHECK(refusal("/dev/null").code() == ErrorCode::file_unreadable);
}

TEST_CASE("A named pipe is refused and not waited for") {
    const tests::ScratchFolder folder;
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(refusal(pipe).code() == ErrorCode::file_unreadable);
}

TEST_CASE("A file without permission is refused with the reason") {
    if (::geteuid() == 0) return; // root may read everything
    const tests::ScratchFolder folder;
    const auto path = folder.write("secret", "x");
    std::filesystem::permissions(path, std::filesystem::perms::none);
    CHECK(refusal(path).code() == ErrorCode::file_unreadable);
}
