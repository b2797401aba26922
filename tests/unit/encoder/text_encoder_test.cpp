#include <familiar/encoder/text_encoder.hpp>

#include "laws/encoder_laws.hpp"
#include "support/resources.hpp"
#include "unit/encoder/tiny_bert.hpp"

#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/kernels/reference.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

// clang-format off: the concept page shows these lines
struct LetterCounter { // how often each letter stands in a text
    std::size_t dimension() const { return 26; }
    void embed(std::span<const familiar::Example> examples, familiar::tensor::MatrixView<float> out) {
        for (std::size_t i = 0; i < examples.size(); ++i) {
            for (float& value : out[i]) value = 0.0F;
            for (const char c : examples[i].text + examples[i].text_b.value_or(""))
                if (c >= 'a' && c <= 'z') out[i][static_cast<std::size_t>(c - 'a')] += 1.0F;
        }
    }
    std::string identity() const { return "letters"; }
};
static_assert(familiar::encoder::TextEncoder<LetterCounter>);
// clang-format on

namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("the concept page's encoder is the one compiled here, and it keeps the laws") {
    const auto root = familiar::tests::source_dir();
    const std::string page = contents(root / "include/familiar/encoder/README.md"),
                      here = contents(root / "tests/unit/encoder/text_encoder_test.cpp");
    const auto begin = page.find("```cpp\n");
    REQUIRE(begin != std::string::npos);
    CHECK_THAT(here, Catch::Matchers::Contains(page.substr(begin + 7, page.find("```", begin + 7) - begin - 7)));
    LetterCounter encoder;
    const std::vector<familiar::Example> examples{familiar::tests::example_of("abba"),
                                                  familiar::tests::pair_of("a", "b"), familiar::tests::example_of("")};
    familiar::laws::check_encoder_laws(encoder, examples);
    const auto values = familiar::laws::embedded(encoder, examples);
    CHECK(values[0] == 2.0F);
    CHECK(values[26 + 1] == 1.0F);
}

TEST_CASE("what lacks an operation is no encoder") {
    struct Mute {
        std::size_t dimension() const { return 1; }
        std::string identity() const { return ""; }
    };
    STATIC_REQUIRE_FALSE(familiar::encoder::TextEncoder<Mute>);
    STATIC_REQUIRE(familiar::encoder::TextEncoder<familiar::encoder::SentenceEncoder<familiar::kernels::Reference>>);
}

TEST_CASE("the concept page names every parameter") {
    const std::string page = contents(familiar::tests::source_dir() / "include/familiar/encoder/README.md");
    using Encoder = familiar::encoder::SentenceEncoder<familiar::kernels::Reference>;
    familiar::for_each_parameter(Encoder::Parameters(), [&](std::string_view name, const auto&) {
        CHECK_THAT(page, Catch::Matchers::Contains("| `" + std::string(name) + "` |"));
    });
}
