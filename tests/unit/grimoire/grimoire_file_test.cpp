#include <familiar/grimoire/grimoire_file.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using grimoire::parse_grimoire_file;
using grimoire::StoredGrimoire;
using grimoire::to_grimoire_file;

namespace {

// A rule, a pair, trailing spaces, line ends of both kinds: what a reader of front matter may trip over.
const std::string kText = "Rules:\n\n---\nname: no front matter\r\n\t- keep {braces}  \n  - Ende.\n";

StoredGrimoire sample() {
    StoredGrimoire stored;
    stored.grimoire = {"critics", kText};
    stored.provenance = {"sst2", "simple",
                         "long", "http:{\"model\": \"a:b\"}",
                         "",     {"\"train-3\"", "17", "\"a, b\""},
                         42,     store::sha256("prompts")};
    return stored;
}

Error refusal(std::string text) {
    return tests::error_of([&] { (void)parse_grimoire_file(text, "notes.md"); });
}

std::string without_line(const std::string& text, std::size_t number) {
    std::string out;
    std::size_t line = 1;
    for (const char c : text) {
        if (line != number) out += c;
        line += c == '\n' ? 1 : 0;
    }
    return out;
}

} // namespace

TEST_CASE("a grimoire's file is read back to the byte, with all that is known of it", "[grimoire_file]") {
    const auto stored = sample();
    const auto read = parse_grimoire_file(to_grimoire_file(stored), "critics.md");
    CHECK(read.grimoire == stored.grimoire);
    CHECK(read.provenance == stored.provenance);
    CHECK(read.text_hash == store::sha256(kText));
    CHECK_FALSE(read.edited);

    auto odd = stored;
    odd.provenance.strong = "one\nname: two";
    odd.provenance.samples = {"an id that is no JSON"};
    const auto mended = parse_grimoire_file(to_grimoire_file(odd), "critics.md");
    CHECK(mended.provenance.strong == "one name: two");
    CHECK(mended.provenance.samples == std::vector<std::string>{"\"an id that is no JSON\""});
}

TEST_CASE("what editors do to a file changes nothing, what people do to the text is noticed", "[grimoire_file]") {
    auto stored = sample();
    stored.grimoire.text = "One.\nTwo.";
    const std::string file = to_grimoire_file(stored);
    std::string without_end = file, windows;
    without_end.pop_back();
    for (const char c : file) windows += c == '\n' ? "\r\n" : std::string(1, c);
    for (const auto& form : {without_end, windows}) {
        const auto read = parse_grimoire_file(form, "critics.md");
        CHECK(read.grimoire.text == "One.\nTwo.");
        CHECK_FALSE(read.edited);
    }
    const auto edited = parse_grimoire_file(file + "Three.\n", "critics.md");
    CHECK(edited.grimoire.text == "One.\nTwo.\nThree.");
    CHECK(edited.edited);
    const auto hash = store::sha256(edited.grimoire.text);
    const auto up_to_date = grimoire::with_text_hash(windows + "Three.\r\n", hash, "critics.md");
    CHECK(up_to_date.size() == windows.size() + 8);
    const auto again = parse_grimoire_file(up_to_date, "critics.md");
    CHECK(again.text_hash == hash);
    CHECK_FALSE(again.edited);
}

TEST_CASE("a broken front matter is an error that names file and line", "[grimoire_file]") {
    const std::string good = to_grimoire_file(sample());
    const auto with = [&](const std::string& old, const std::string& changed) {
        std::string text = good;
        const auto at = text.find(old);
        REQUIRE(at != std::string::npos);
        return text.replace(at, old.size(), changed);
    };
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"no front matter at all", "line 1:"},
        {with("task:", "a line\ntask:"), "line 3:"},
        {with("task:", "\ntask:"), "line 3:"},
        {with("seed:", "task: again\nseed:"), "line 9:"},
        {with("seed:", "sead:"), "line 9:"},
        {with("seed: 42", "seed: many"), "line 9:"},
        {with("seed: 42", "seed: -1"), "line 9:"},
        {with("seed: 42", "seed: 42 or so"), "line 9:"},
        {with("strategy: simple", "strategy: simpel"), "line 4:"},
        {with("name: critics", "name: ../critics"), "line 2:"},
        {with("[\"train-3\"", "[{}"), "line 8:"},
        {with("samples: [", "samples: ("), "line 8:"},
        {with("text_hash: ", "text_hash: x"), "line 11:"},
        {without_line(good, 2), "line 11:"},
        {good.substr(0, good.find("---\nRules")), "line 12:"},
        {good.substr(0, good.find("Rules")), "line 12:"},
        {with("Rules", "\xff"), "line 13:"},
    };
    for (const auto& [text, line] : cases) {
        CAPTURE(text);
        const auto error = refusal(text);
        CHECK_THAT(error.what(), Catch::Contains("notes.md, " + line));
        CHECK(static_cast<int>(error.code()) / 100 == 3);
    }
    CHECK_THAT(refusal(with("strategy: simple", "strategy: simpel")).what(), Catch::Contains("Did you mean simple?"));
    CHECK_THAT(refusal(with("seed:", "task: again\nseed:")).what(), Catch::Contains("first in line 3"));
}

TEST_CASE("a file of the published archive is two grimoires, other JSON is none", "[grimoire_file]") {
    const auto two = grimoire::parse_archived_file(R"({"profound_grimoire": "\nLong.", "simple_grimoire": "Brief."})",
                                                   "somewhere/kcs-4.json");
    REQUIRE(two.size() == 2);
    CHECK(two[0].grimoire == Grimoire{"kcs-4/profound", "\nLong."});
    CHECK(two[1].grimoire == Grimoire{"kcs-4/simple", "Brief."});
    CHECK(two[1].provenance.parent == "kcs-4/profound");
    CHECK(grimoire::parse_archived_file("[1]", "x.json").empty());
    CHECK(grimoire::parse_archived_file(R"({"other": 1})", "x.json").empty());
    for (const char* text : {"{\"profound_grimoire\": \"", R"({"profound_grimoire": "a"})",
                             R"({"profound_grimoire": "a", "simple_grimoire": 1})"}) {
        const auto error = tests::error_of([&] { (void)grimoire::parse_archived_file(text, "bad.json"); });
        CHECK_THAT(error.what(), Catch::StartsWith("bad.json"));
    }
}
