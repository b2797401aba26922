#include <familiar/data/descriptor_writer.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("what is written arrives whole and in order") {
    const ScratchFolder scratch;
    const auto path = scratch.path() / "out";
    std::string wanted;
    {
        data::DescriptorWriter writer(::open(path.c_str(), O_WRONLY | O_CREAT, 0600), "out");
        for (int i = 0; i < 30'000; ++i) {
            const std::string part = std::to_string(i) + "\n";
            wanted += part;
            writer.write(part);
        }
        data::DescriptorWriter moved(std::move(writer));
        moved.synchronise();
        moved.close();
    }
    CHECK(contents_of(path) == wanted);
}

TEST_CASE("a full device is an error that names the output") {
    if (!std::filesystem::exists("/dev/full")) return;
    data::DescriptorWriter writer(::open("/dev/full", O_WRONLY), "the disk");
    writer.write("x");
    const auto error = error_of([&] { writer.flush(); });
    CHECK(error.code() == ErrorCode::file_unwritable);
    CHECK(error.where() == "the disk");
}

TEST_CASE("a pipe that nobody reads is an error and not a signal") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    data::DescriptorWriter writer(ends[1], "pipe");
    writer.write("x");
    CHECK(error_of([&] { writer.close(); }).where() == "pipe");
}

TEST_CASE("a descriptor that is not owned stays open") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    {
        data::DescriptorWriter writer(ends[1], "pipe", false);
        writer.write("abc");
        writer.close();
    }
    CHECK(::write(ends[1], "d", 1) == 1);
    char text[8] = {};
    CHECK(::read(ends[0], text, sizeof text) == 4);
    CHECK(std::string(text) == "abcd");
    ::close(ends[0]);
    ::close(ends[1]);
}
