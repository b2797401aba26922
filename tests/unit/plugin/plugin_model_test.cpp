#include <familiar/plugin/plugin_model.hpp>

#include "laws/plugin_laws.hpp"
#include "support/resources.hpp"
#include "unit/plugin/toy_encoder.hpp"

#include <familiar/core/reflection.hpp>
#include <familiar/plugin/linear_probe.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

// clang-format off: the concept page shows these lines
struct Keyword { // sure of the second label where a word stands in the text
    void prepare(const familiar::Task& task, std::span<const familiar::Example>) { labels = task.labels.size(); }
    std::vector<familiar::Prediction> predict(std::span<const familiar::Example> examples) const {
        std::vector<familiar::Prediction> predictions;
        for (const auto& example : examples)
            predictions.push_back({example.text.find("good") != std::string::npos ? labels - 1 : 0, 0.9, {}});
        return predictions;
    }
    std::string identity() const { return "keyword good"; }
    std::size_t labels = 0;
};
static_assert(familiar::plugin::PluginModel<Keyword>);
// clang-format on

namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string page() {
    return contents(familiar::tests::source_dir() / "include/familiar/plugin/README.md");
}

} // namespace

TEST_CASE("the concept page's plug-in is the one compiled here, and it keeps the laws") {
    const std::string here = contents(familiar::tests::source_dir() / "tests/unit/plugin/plugin_model_test.cpp");
    const auto begin = page().find("```cpp\n");
    REQUIRE(begin != std::string::npos);
    CHECK_THAT(here, Catch::Matchers::Contains(page().substr(begin + 7, page().find("```", begin + 7) - begin - 7)));
    Keyword keyword;
    const std::vector<familiar::Example> examples{familiar::tests::labelled("all good", ""),
                                                  familiar::tests::labelled("bad", "")};
    familiar::laws::check_plugin_laws(keyword, familiar::tests::task_of({"negative", "positive"}), {}, examples);
    CHECK(keyword.predict(examples)[0].label == 1);
    STATIC_REQUIRE_FALSE(familiar::plugin::PredictsOutOfFold<Keyword>);
    STATIC_REQUIRE_FALSE(familiar::plugin::IsAbsent<Keyword>);
}

TEST_CASE("the concept page names every parameter of the probe") {
    using Probe = familiar::plugin::LinearProbe<familiar::tests::ToyEncoder>;
    familiar::for_each_parameter(Probe::Parameters(), [&](std::string_view name, const auto&) {
        CHECK_THAT(page(), Catch::Matchers::Contains("| `" + std::string(name) + "` |"));
    });
}
