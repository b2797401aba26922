#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/store/content_hash.hpp>

#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>

using namespace familiar;

namespace {

std::filesystem::path folder() {
    return tests::source_dir() / "data" / "support";
}

/// Letters and digits alone, so that texts that differ by punctuation count as one.
std::string essence(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) out += static_cast<char>(std::tolower(c));
    }
    return out;
}

} // namespace

TEST_CASE("the sample task has its splits, every label in each of them, and no text twice") {
    const Task task = data::load_task(folder());
    CHECK(task.labels.size() == 12);
    std::set<std::string> texts, ids;
    std::size_t shortest = 1000, longest = 0;
    for (const auto& [split, rows] : std::map<std::string, std::size_t>{{"train", 444}, {"dev", 60}, {"test", 240}}) {
        const auto examples = data::load_split(folder(), task, split);
        CHECK(examples.size() == rows);
        std::map<std::string, std::size_t> of_label;
        for (const auto& example : examples) {
            CAPTURE(example.text);
            REQUIRE(example.label);
            ++of_label[*example.label];
            CHECK(texts.insert(essence(example.text)).second);
            CHECK(ids.insert(example.id).second);
            shortest = std::min(shortest, example.text.size());
            longest = std::max(longest, example.text.size());
        }
        CHECK(of_label.size() == 12);
        for (const auto& [label, count] : of_label) CHECK(count == rows / 12);
    }
    CHECK(shortest < 10);
    CHECK(longest > 250);
}

TEST_CASE("the files of the sample task are those whose hashes its README gives") {
    const std::string readme = tests::contents_of(folder() / "README.md");
    for (const char* file : {"task.json", "train.jsonl", "dev.jsonl", "test.jsonl"}) {
        CHECK_THAT(readme, Catch::Contains(store::sha256_of_file(folder() / file) + "  " + file));
    }
}
