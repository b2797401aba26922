// The example of include/familiar/data/README.md, in a folder of its own.
#include <familiar/data/atomic_file.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>

#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

TEST_CASE("the example of data's concept page writes a line for each row") {
    const familiar::tests::ScratchFolder scratch;
    const auto folder = familiar::tests::source_dir() / "data" / "support";
    const auto task = familiar::data::load_task(folder);
    const auto test = familiar::data::load_split(folder, task, "test", 200);
    familiar::data::AtomicFile out(scratch.path() / "lengths.txt");
    for (const auto& example : test) out.write(example.id + " " + std::to_string(example.text.size()) + "\n");
    out.commit();
    const auto text = familiar::tests::contents_of(scratch.path() / "lengths.txt");
    CHECK(std::count(text.begin(), text.end(), '\n') == 200);
    CHECK_THAT(text, Catch::StartsWith("\"test-001\" "));
}
