#include <familiar/encoder/cached_encoder.hpp>

#include "unit/plugin/toy_encoder.hpp"
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;

namespace {

/// Counts the texts that it is asked for.
struct CountingEncoder {
    tests::ToyEncoder toy;
    std::shared_ptr<std::size_t> texts = std::make_shared<std::size_t>(0);

    [[nodiscard]] std::size_t dimension() const { return toy.dimension(); }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        *texts += examples.size();
        toy.embed(examples, out);
    }
    [[nodiscard]] std::string identity() const { return toy.identity(); }
};

template <TextEncoder E> std::vector<float> embedded(E& encoder, const std::vector<Example>& examples) {
    std::vector<float> values(examples.size() * encoder.dimension(), -1.0F);
    encoder.embed(examples, {values.data(), examples.size(), encoder.dimension()});
    return values;
}

} // namespace

static_assert(TextEncoder<CachedEncoder<CountingEncoder>>);

TEST_CASE("a text is embedded once, however often it occurs and whoever asks") {
    const tests::ScratchFolder folder;
    std::vector<Example> examples;
    for (const auto* text : {"abc", "de", "abc", "", "de", "xyz"}) examples.push_back(tests::labelled(text, ""));
    examples[1].text_b = "q";
    CountingEncoder counting;
    const auto wanted = embedded(counting.toy, examples);
    {
        CachedEncoder cached(counting, folder.path());
        CHECK(cached.identity() == "letters");
        CHECK_FALSE(cached.cause());
        CHECK(embedded(cached, examples) == wanted);
        CHECK(*counting.texts == 5); // "de" alone and "de" with "q" are two
        CHECK(embedded(cached, examples) == wanted);
        CHECK(*counting.texts == 5);
    }
    CachedEncoder next(counting, folder.path());
    examples.push_back(tests::labelled("new", ""));
    CHECK(embedded(next, examples) == embedded(counting.toy, examples));
    CHECK(*counting.texts == 6);
    CachedEncoder copy = next;
    CHECK(embedded(copy, examples) == embedded(counting.toy, examples));
    CHECK(*counting.texts == 6);
    // Another encoder shares nothing with it.
    CountingEncoder other;
    other.toy.name = "others";
    CachedEncoder apart(other, folder.path());
    embedded(apart, examples);
    CHECK(*other.texts == 6);
}

TEST_CASE("a cache that cannot be used fails nothing and says why") {
    const tests::ScratchFolder folder;
    std::ofstream(folder / "file") << "x";
    CountingEncoder counting;
    CachedEncoder cached(counting, folder / "file");
    REQUIRE(cached.cause());
    CHECK_THAT(*cached.cause(), Catch::Matchers::Contains("file"));
    const std::vector<Example> examples{tests::labelled("abc", ""), tests::labelled("abc", "")};
    CHECK(embedded(cached, examples) == embedded(counting.toy, examples));
    CHECK(*counting.texts == 2);
}
