#include <familiar/plugin/precomputed_plugin.hpp>

#include "laws/plugin_laws.hpp"
#include "unit/plugin/toy_encoder.hpp"
#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using Catch::Matchers::Contains;
using Plugin = plugin::PrecomputedPlugin;

namespace {

const Task kTask = task_of({"negative", "positive"});

struct File {
    ScratchFolder folder;
    Plugin::Parameters parameters;

    explicit File(const std::string& text) { parameters.file = folder.write("p.jsonl", text).string(); }

    [[nodiscard]] Plugin prepared(const Task& task = kTask) const {
        Plugin plugin(parameters);
        plugin.prepare(task, {});
        return plugin;
    }
};

std::vector<Prediction> predict(const File& file, const std::vector<Example>& examples) {
    return file.prepared().predict(examples);
}

} // namespace

TEST_CASE("predictions that were read keep the laws of PluginModel") {
    const File file("{\"text\": \"good\", \"label\": \"positive\", \"confidence\": 0.9}\n\n"
                    "{\"text\": \"bad\", \"distribution\": {\"negative\": 0.75, \"positive\": 0.25}}\n");
    Plugin plugin(file.parameters);
    laws::check_plugin_laws(plugin, kTask, {}, std::vector<Example>{labelled("good", ""), labelled("bad", "")});
    const auto p = plugin.predict(std::vector<Example>{labelled("bad", ""), labelled("good", "")});
    CHECK(p[0].label == 0);
    CHECK(p[0].confidence == 0.75);
    CHECK(p[0].distribution == std::vector<double>{0.75, 0.25});
    CHECK(p[1].label == 1);
    CHECK(p[1].confidence == 0.9);
    CHECK(p[1].distribution.empty());
}

TEST_CASE("examples are found by id, by text, and by both where a text stands twice") {
    const File file("{\"id\": \"a-7\", \"label\": \"positive\", \"confidence\": 0.1}\n"
                    "{\"id\": 7, \"label\": \"negative\", \"confidence\": 0.2}\n"
                    "{\"id\": 1, \"text\": \"twice\", \"label\": \"positive\", \"confidence\": 0.3}\n"
                    "{\"id\": 2, \"text\": \"twice\", \"label\": \"positive\", \"confidence\": 0.4}\n"
                    "{\"text_a\": \"tw\", \"text_b\": \"ice\", \"label\": \"positive\", \"confidence\": 0.5}\n");
    auto pair = labelled("tw", "", "9");
    pair.text_b = "ice";
    const auto p = predict(file, {labelled("x", "", "\"a-7\""), labelled("y", "", "7"), labelled("twice", "", "2"),
                                  labelled("twice", "", "33"), pair});
    CHECK(p[0].confidence == 0.1);
    CHECK(p[1].confidence == 0.2);
    CHECK(p[2].confidence == 0.4);
    CHECK(p[3].confidence == 0.3);
    CHECK(p[4].confidence == 0.5);
}

TEST_CASE("the task's own fields are texts too") {
    auto task = kTask;
    task.fields = {{"question", "Question"}, {"sentence", "Sentence"}};
    const File file("{\"question\": \"who\", \"sentence\": \"me\", \"label\": \"positive\", \"confidence\": 1}\n");
    auto example = labelled("who", "");
    example.text_b = "me";
    CHECK(file.prepared(task).predict(std::vector<Example>{example})[0].confidence == 1.0);
}

TEST_CASE("an example without a row is named") {
    const File file("{\"text\": \"good\", \"id\": 5, \"label\": \"positive\", \"confidence\": 0.9}\n");
    // A row with a text stands for that text only: another example of the same number is not it.
    try {
        (void)predict(file, {labelled("good", "", "1"), labelled("missing one", "", "5")});
        FAIL("not refused");
    } catch (const Error& e) {
        CHECK(e.code() == ErrorCode::missing_prediction);
        CHECK_THAT(e.what(), Contains("missing one") && Contains("example 5") && Contains("p.jsonl"));
    }
}

TEST_CASE("broken rows are refused with file and line") {
    const std::string good = "{\"text\": \"good\", \"label\": \"positive\", \"confidence\": 0.9}\n";
    for (const auto& [row, word] : std::vector<std::pair<std::string, std::string>>{
             {"{\"text\": \"x\", \"label\": \"purple\", \"confidence\": 0.9}", "purple"},
             {"{\"text\": \"x\", \"label\": 7.5, \"confidence\": 0.9}", "7.5"},
             {"{\"text\": \"x\", \"label\": [], \"confidence\": 0.9}", "label"},
             {"{\"text\": \"x\", \"label\": \"positive\", \"confidence\": 1.5}", "confidence"},
             {"{\"text\": \"x\", \"label\": \"positive\", \"confidence\": \"high\"}", "confidence"},
             {"{\"text\": \"x\", \"label\": \"positive\"}", "confidence"},
             {"{\"text\": \"x\"}", "distribution"},
             {"{\"label\": \"positive\", \"confidence\": 0.9}", "id"},
             {"{\"text\": 7, \"label\": \"positive\", \"confidence\": 0.9}", "text"},
             {"{\"text\": \"x\", \"distribution\": {\"negative\": 0.2, \"positive\": 0.2}}", "sum"},
             {"{\"text\": \"x\", \"distribution\": {}}", "sum"},
             {"{\"text\": \"x\", \"distribution\": {\"purple\": 1.0}}", "purple"},
             {"{\"text\": \"x\", \"distribution\": {\"negative\": -1, \"positive\": 2}}", "negative"},
             {"{\"text\": \"x\", \"distribution\": [0.5, 0.5]}", "object"}}) {
        const File file(good + "\n" + row + "\n");
        INFO(row);
        CHECK_THROWS_WITH(file.prepared(), Contains("p.jsonl") && Contains("line 3") && Contains(word));
    }
    const File twice("{\"id\": 1, \"label\": \"positive\", \"confidence\": 1}\n{\"id\": 1, \"label\": \"positive\", "
                     "\"confidence\": 1}\n");
    CHECK_THROWS_WITH(twice.prepared(), Contains("line 2") && Contains("second time"));
    const File broken(good + "{\"text\": \n");
    CHECK_THROWS_WITH(Plugin(broken.parameters), Contains("line 2"));
    Plugin::Parameters gone;
    gone.file = "/nowhere/gone.jsonl";
    CHECK_THROWS_WITH(Plugin(gone), Contains("gone.jsonl"));
}

TEST_CASE("the identity is that of the rows") {
    const File a("{\"text\": \"good\", \"label\": \"positive\", \"confidence\": 0.9}\n"),
        same("{\"text\": \"good\", \"label\": \"positive\", \"confidence\": 0.9}\n"),
        other("{\"text\": \"good\", \"label\": \"positive\", \"confidence\": 0.8}\n");
    CHECK(Plugin(a.parameters).identity() == Plugin(same.parameters).identity());
    CHECK(Plugin(a.parameters).identity() != Plugin(other.parameters).identity());
    CHECK_THROWS_WITH(Plugin(a.parameters).predict({}), Contains("before prepare"));
}
