#include <familiar/data/output_sink.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("a sink to a file leaves it whole at the end and nothing before") {
    const ScratchFolder scratch;
    const auto path = scratch.path() / "out";
    auto sink = data::OutputSink::to(path);
    sink.write_line("one");
    sink.flush();
    CHECK_FALSE(std::filesystem::exists(path));
    sink.finish();
    CHECK(contents_of(path) == "one\n");
}

TEST_CASE("a sink to standard output writes there and notices a full device") {
    const ScratchFolder scratch;
    const auto path = scratch.path() / "stdout";
    const int before = ::dup(STDOUT_FILENO);
    const auto with_stdout = [&](const char* target, auto work) {
        const int fd = ::open(target, O_WRONLY | O_CREAT, 0600);
        ::dup2(fd, STDOUT_FILENO);
        ::close(fd);
        bool failed = false;
        try {
            work();
        } catch (const Error&) {
            failed = true;
        }
        ::dup2(before, STDOUT_FILENO);
        return failed;
    };
    CHECK_FALSE(with_stdout(path.c_str(), [] {
        auto sink = data::OutputSink::to(std::nullopt);
        sink.write_line("printed");
        sink.finish();
    }));
    CHECK(contents_of(path) == "printed\n");
    if (std::filesystem::exists("/dev/full")) {
        CHECK(with_stdout("/dev/full", [] {
            data::OutputSink sink;
            sink.write_line("lost");
            sink.finish();
        }));
    }
    ::close(before);
}
