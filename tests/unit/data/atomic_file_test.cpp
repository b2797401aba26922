#include <familiar/data/atomic_file.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("nothing stands in the file's place before it is committed") {
    const ScratchFolder scratch;
    const auto path = scratch.path() / "out.jsonl";
    data::AtomicFile file(path);
    file.write("one\n");
    CHECK_FALSE(std::filesystem::exists(path));
    file.write("two\n");
    file.commit();
    CHECK(contents_of(path) == "one\ntwo\n");
    CHECK(scratch.count() == 1);
    CHECK_THROWS_AS(file.write("more"), Error);
    CHECK_THROWS_AS(file.commit(), Error);
}

TEST_CASE("an old file is kept whole where the work is abandoned, and replaced whole where it is done") {
    const ScratchFolder scratch;
    const auto path = scratch.write("out", "old");
    {
        data::AtomicFile file(path);
        file.write(std::string(200'000, 'x'));
    }
    CHECK(contents_of(path) == "old");
    CHECK(scratch.count() == 1);
    data::write_file(path, "new", true);
    CHECK(contents_of(path) == "new");
    CHECK(scratch.count() == 1);
}

TEST_CASE("a file keeps its permissions, and a link what it points to") {
    const ScratchFolder scratch;
    const auto path = scratch.write("out", "old");
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    std::filesystem::create_symlink("out", scratch.path() / "link");
    data::write_file(scratch.path() / "link", "new");
    CHECK(std::filesystem::is_symlink(scratch.path() / "link"));
    CHECK(contents_of(path) == "new");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a device is written to and not replaced") {
    CHECK_NOTHROW(data::write_file("/dev/null", "gone"));
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a moved file is committed once") {
    const ScratchFolder scratch;
    data::AtomicFile first(scratch.path() / "out");
    first.write("a");
    data::AtomicFile second(std::move(first));
    second.write("b");
    second.commit();
    CHECK(contents_of(scratch.path() / "out") == "ab");
}

TEST_CASE("a place that cannot be written to is an error that names it") {
    const ScratchFolder scratch;
    const auto file = scratch.write("file.txt", "x");
    for (const auto& path : {file / "out.jsonl", scratch.path() / "gone" / "out.jsonl", scratch.path()}) {
        CAPTURE(path.string());
        const auto error = error_of([&] { data::AtomicFile unused(path); });
        CHECK(error.code() == ErrorCode::file_unwritable);
        CHECK_THAT(error.what(), Catch::Contains(path.filename().string()));
    }
    CHECK(scratch.count() == 1);
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(data::write_file("/dev/full", "x"), Error);
}

TEST_CASE("a read-only folder and a read-only file are errors") {
    if (::geteuid() == 0) return; // nothing is read-only for root
    const ScratchFolder scratch;
    const auto file = scratch.write("out", "old");
    REQUIRE(::chmod(file.c_str(), 0400) == 0);
    CHECK_THROWS_AS(data::write_file(file, "new"), Error);
    REQUIRE(::chmod(scratch.path().c_str(), 0500) == 0);
    CHECK_THROWS_AS(data::write_file(scratch.path() / "other", "new"), Error);
    REQUIRE(::chmod(scratch.path().c_str(), 0700) == 0);
}

TEST_CASE("a full disk is an error, no signal, and leaves nothing behind") {
    const ScratchFolder scratch;
    const auto path = scratch.path() / "full.jsonl";
    // The limit is the process's: a child has it, so that the other tests do not.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlimit limit{8192, 8192};
        std::signal(SIGXFSZ, SIG_DFL);
        int status = 9;
        if (::setrlimit(RLIMIT_FSIZE, &limit) == 0) {
            try {
                data::write_file(path, std::string(100'000, 'x'));
                status = 1;
            } catch (const Error& error) {
                status = error.code() == ErrorCode::file_unwritable && error.where() == path.string() ? 0 : 2;
            }
        }
        ::_exit(status);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(scratch.count() == 0);
}
