#include <familiar/store/embedding_store.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace familiar;
using Catch::Matchers::Contains;
using store::EmbeddingStore;

namespace {

Example example_of(const std::string& text) {
    Example example;
    example.text = text;
    return example;
}

EmbeddingStore::Key key(const std::string& text) {
    return EmbeddingStore::key_of(example_of(text));
}

/// What stands for a text: numbers that nothing else has.
std::vector<float> vector_of(const std::string& text) {
    std::vector<float> values(5, static_cast<float>(text.size()));
    for (std::size_t i = 0; i < text.size(); ++i) values[i % 5] += static_cast<float>(text[i]) * 0.01F;
    return values;
}

void append(EmbeddingStore& store, const std::string& text) {
    const auto values = vector_of(text);
    const std::vector<EmbeddingStore::Key> keys{key(text)};
    store.append(keys, {values.data(), 1, 5});
}

bool holds(const EmbeddingStore& store, const std::string& text) {
    const float* const found = store.find(key(text));
    if (found == nullptr) return false;
    const auto wanted = vector_of(text);
    REQUIRE(std::equal(wanted.begin(), wanted.end(), found));
    return true;
}

std::filesystem::path file_of(const tests::ScratchFolder& folder, const std::string& ending) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        if (entry.path().extension() == ending) return entry.path();
    }
    FAIL("no " << ending);
    return {};
}

} // namespace

TEST_CASE("what is kept is found again, in this object and in the next") {
    const tests::ScratchFolder folder;
    {
        EmbeddingStore store(folder.path(), "encoder", 5);
        CHECK_FALSE(holds(store, "a"));
        for (int i = 0; i < 500; ++i) append(store, "text " + std::to_string(i));
        append(store, "");
        CHECK(store.size() == 501);
        CHECK(holds(store, "text 7"));
    }
    const EmbeddingStore store(folder.path(), "encoder", 5);
    CHECK(store.size() == 501);
    for (int i = 0; i < 500; ++i) REQUIRE(holds(store, "text " + std::to_string(i)));
    CHECK(holds(store, ""));
    CHECK_FALSE(holds(store, "text 500"));
    // Another encoder, another file.
    CHECK(EmbeddingStore(folder.path(), "other", 5).size() == 0);
}

TEST_CASE("a text and a pair that spell the same have keys of their own") {
    Example pair = example_of("ab"), other = example_of("a"), empty = example_of("ab");
    pair.text_b = "c";
    other.text_b = "bc";
    empty.text_b = "";
    CHECK(EmbeddingStore::key_of(pair) != EmbeddingStore::key_of(other));
    CHECK(EmbeddingStore::key_of(example_of("abc")) != EmbeddingStore::key_of(pair));
    CHECK(EmbeddingStore::key_of(empty) != EmbeddingStore::key_of(example_of("ab")));
    CHECK(EmbeddingStore::key_of(pair) == EmbeddingStore::key_of(Example(pair)));
}

TEST_CASE("an append that was cut short anywhere loses no entry but its own") {
    for (const std::uintmax_t cut : {1, 5, 19, 23, 24, 25}) {
        for (const std::string ending : {".keys", ".vectors"}) {
            INFO(ending << " cut by " << cut);
            const tests::ScratchFolder folder;
            {
                EmbeddingStore store(folder.path(), "encoder", 5);
                for (const auto* text : {"one", "two", "three"}) append(store, text);
            }
            const auto file = file_of(folder, ending);
            std::filesystem::resize_file(file, std::filesystem::file_size(file) - cut);
            EmbeddingStore store(folder.path(), "encoder", 5);
            CHECK(holds(store, "one"));
            CHECK(holds(store, "two") == (cut <= (ending == ".keys" ? 24U : 20U)));
            CHECK_FALSE(holds(store, "three"));
            append(store, "four");
            append(store, "three");
            for (const auto* text : {"one", "three", "four"}) CHECK(holds(store, text));
            const EmbeddingStore again(folder.path(), "encoder", 5);
            for (const auto* text : {"one", "three", "four"}) CHECK(holds(again, text));
        }
    }
}

TEST_CASE("a vector that does not match its checksum counts as not there, and may be kept anew") {
    const tests::ScratchFolder folder;
    {
        EmbeddingStore store(folder.path(), "encoder", 5);
        append(store, "one");
        append(store, "two");
    }
    {
        std::fstream file(file_of(folder, ".vectors"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(6);
        file.put('?');
    }
    EmbeddingStore store(folder.path(), "encoder", 5);
    CHECK_FALSE(holds(store, "one"));
    CHECK(holds(store, "two"));
    append(store, "one");
    CHECK(holds(store, "one"));
}

TEST_CASE("two objects and two processes append to one store") {
    const tests::ScratchFolder folder;
    EmbeddingStore first(folder.path(), "encoder", 5), second(folder.path(), "encoder", 5);
    append(first, "from the first");
    append(second, "from the second");
    CHECK(holds(second, "from the first")); // taken in before its own was written
    append(first, "again");
    CHECK(holds(first, "from the second"));

    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    const std::string who = child == 0 ? "child " : "parent ";
    {
        EmbeddingStore own(folder.path(), "encoder", 5);
        for (int i = 0; i < 200; ++i) append(own, who + std::to_string(i));
    }
    if (child == 0) ::_exit(0);
    int status = 1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    const EmbeddingStore all(folder.path(), "encoder", 5);
    CHECK(all.size() == 403);
    for (int i = 0; i < 200; ++i) {
        REQUIRE(holds(all, "child " + std::to_string(i)));
        REQUIRE(holds(all, "parent " + std::to_string(i)));
    }
}

TEST_CASE("files that are no store, and shapes that do not fit, are refused by name") {
    const tests::ScratchFolder folder;
    { const EmbeddingStore made(folder.path(), "encoder", 5); }
    std::ofstream(file_of(folder, ".keys")) << std::string(200, 'x');
    CHECK_THROWS_WITH(EmbeddingStore(folder.path(), "encoder", 5), Contains(".keys") && Contains("FAMILIAR_CACHE"));
    std::ofstream(folder / "file") << "x";
    CHECK_THROWS_WITH(EmbeddingStore(folder / "file", "encoder", 5), Contains("file"));
    EmbeddingStore store(folder.path(), "another", 5);
    const std::vector<EmbeddingStore::Key> keys{key("a")};
    const std::vector<float> values(8);
    CHECK_THROWS_AS(store.append(keys, {values.data(), 2, 4}), Error);
    CHECK(store.size() == 0);
}
