#include <familiar/report/report.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::report;

namespace {

Task yes_no(const std::string& metric = "accuracy") {
    Task task;
    task.labels = {"yes", "no"};
    task.metric = metric;
    return task;
}

RowRecord row(std::optional<std::string> label, std::string gold, std::string plugin, bool failed = false) {
    RowRecord r;
    r.id = "0";
    r.label = std::move(label);
    r.gold = std::move(gold);
    r.plugin = RowRecord::PluginSaid{std::move(plugin), 0.8};
    r.overridden = !failed && r.label != r.plugin->label;
    if (failed) r.error = "no answer";
    if (r.label) r.probability = 0.75;
    return r;
}

/// Six rows: right with the plug-in, right against it, wrong against it, wrong with it, invalid, failed.
std::vector<RowRecord> rows() {
    return {row("yes", "yes", "yes"), row("no", "no", "yes"),          row("no", "yes", "yes"),
            row("yes", "no", "yes"),  row(std::nullopt, "yes", "yes"), row(std::nullopt, "no", "no", true)};
}

} // namespace

TEST_CASE("every figure follows from the rows") {
    const auto report = make_report(yes_no(), rows(), {});
    CHECK(report.rows == 6);
    CHECK(report.failed == 1);
    CHECK(report.accuracy == 2.0 / 6);
    CHECK(report.invalid_rate == 1.0 / 6);
    CHECK(report.override_rate == 3.0 / 6);
    CHECK(*report.override_accuracy == Approx(1.0 / 3));
    CHECK(report.majority_share == 0.5);
    // yes: 1 hit, 3 true, 2 said; no: 1 hit, 3 true, 2 said.
    CHECK(*report.macro_f1 == Approx(2.0 / 5));
    // true 3, 3; said 2, 2, none 2: (2·6 − 12) = 0.
    CHECK(*report.matthews == Approx(0.0).margin(1e-15));
    // Four rows have a label with 0.75, half of them right.
    CHECK(*report.ece == Approx(0.25));
    REQUIRE(report.mcnemar);
    CHECK(report.mcnemar->only_pipeline == 1);
    CHECK(report.mcnemar->only_plugin == 3);
    CHECK(report.mcnemar->p == Approx(2.0 * 5 / 16));
    REQUIRE(report.interval);
    CHECK(*report.interval == evaluation::wilson_interval(2, 6));
}

TEST_CASE("distributions are scored where they are known, over the labels that tell rows apart") {
    Task task = yes_no();
    task.labels.push_back("perhaps"); // no row has it
    auto some = rows();
    CHECK_FALSE(make_report(task, some, {}).brier);
    some[0].distribution = {{"yes", 0.5}, {"no", 0.25}, {"perhaps", 0.25}};
    some[1].distribution = {{"yes", 0.5}, {"no", 0.5}, {"perhaps", 0.0}};
    CHECK(*make_report(task, some, {}).brier == Approx((0.375 + 0.5) / 2));
    // yes: 0.5 against 0.5 is half a pair; no: 0.5 against 0.25 is a whole one.
    CHECK(*make_report(task, some, {}).auroc == Approx(0.75));
    some[1].gold = "yes";
    CHECK_FALSE(make_report(task, some, {}).auroc); // one label alone tells nothing apart
}

TEST_CASE("majority class and the vote of plug-in and LLM stand beside the figures") {
    auto some = rows(); // gold: yes no yes no yes no
    CHECK(make_report(yes_no(), some, {}).majority_class->accuracy == 0.5);
    CHECK_FALSE(make_report(yes_no(), some, {}).majority_vote); // nobody has heard an LLM
    for (auto& r : some) r.llm.emplace();
    some[1].llm->label = "no"; // against the plug-in's 0.8, not saying how sure it is
    some[3].llm->label = "no";
    some[3].llm->logprobs = {{"yes", std::log(0.1)}, {"no", std::log(0.9)}};
    some[4].llm->label = "no";
    some[4].llm->logprobs = {{"yes", std::log(0.4)}, {"no", std::log(0.6)}};
    const auto report = make_report(yes_no(), some, {});
    REQUIRE(report.majority_vote); // yes yes yes no yes no
    CHECK(report.majority_vote->accuracy == Approx(5.0 / 6));
    CHECK(to_json(report)["majority_vote"]["accuracy"] == report.majority_vote->accuracy);
}

TEST_CASE("the interval is that of the task's metric") {
    std::vector<RowRecord> many;
    for (int i = 0; i < 20; ++i) {
        for (auto& r : rows()) many.push_back(r);
    }
    for (const char* metric : {"macro_f1", "matthews"}) {
        const auto report = make_report(yes_no(metric), many, {});
        const double value = metric == std::string("macro_f1") ? *report.macro_f1 : *report.matthews;
        CHECK(report.interval->low < value);
        CHECK(report.interval->high > value);
        CHECK(*make_report(yes_no(metric), many, {}).interval == *report.interval);
    }
}

TEST_CASE("without overrides, plug-in or gold labels the figures that need them are null") {
    std::vector<RowRecord> plain = {row("yes", "yes", "yes")};
    CHECK_FALSE(make_report(yes_no(), plain, {}).override_accuracy);
    plain[0].plugin.reset();
    CHECK_FALSE(make_report(yes_no(), plain, {}).mcnemar);
    plain[0].gold.reset();
    const auto report = make_report(yes_no(), plain, {});
    CHECK_FALSE(report.accuracy);
    CHECK_FALSE(report.interval);
    CHECK(to_json(report)["accuracy"].is_null());
    CHECK(make_report(yes_no(), {}, {}).rows == 0);
}

TEST_CASE("report.json has the contract's keys in their order") {
    RunFigures run;
    run.calls = 4;
    run.cached_calls = 1;
    run.tokens = {100, 8, 60};
    run.demonstrations_dropped = 2;
    run.seconds = 1.5;
    run.parameters["seed"] = 7;
    run.hashes["train"] = "ab";
    const auto json = to_json(make_report(yes_no(), rows(), run));
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"rows",
                                           "failed",
                                           "accuracy",
                                           "macro_f1",
                                           "matthews",
                                           "balanced_accuracy",
                                           "ece",
                                           "brier",
                                           "auroc",
                                           "invalid_rate",
                                           "override_rate",
                                           "override_accuracy",
                                           "majority_share",
                                           "majority_class",
                                           "majority_vote",
                                           "interval",
                                           "mcnemar",
                                           "calls",
                                           "cached_calls",
                                           "tokens",
                                           "demonstrations_dropped",
                                           "seconds",
                                           "parameters",
                                           "hashes"});
    CHECK(json["interval"].is_array());
    CHECK(json["interval"].size() == 2);
    CHECK(json["mcnemar"]["b"] == 1);
    CHECK(json["mcnemar"]["c"] == 3);
    CHECK(json["tokens"].dump() == R"({"prompt":100,"completion":8,"reused":60})");
    CHECK(json["seconds"] == 1.5);
    CHECK(to_text(make_report(yes_no(), rows(), run)) == to_text(make_report(yes_no(), rows(), run)));
}

TEST_CASE("texts are scored by chrF and BLEU") {
    Task task;
    task.metric = "chrf";
    std::vector<RowRecord> texts(2);
    texts[0].label = texts[0].gold = "the cat sat on the mat";
    texts[1].gold = "a dog barks at the moon";
    texts[1].label = "a dog barks at the moon";
    const auto perfect = make_report(task, texts, {});
    CHECK(*perfect.chrf == Approx(100));
    CHECK(*perfect.bleu == Approx(100));
    CHECK(perfect.accuracy == 1.0);
    CHECK(perfect.interval->low == Approx(100));
    texts[1].label.reset();
    texts[1].error = "no answer";
    const auto half = make_report(task, texts, {});
    CHECK(*half.chrf < 80);
    CHECK(half.accuracy == 0.5);
    CHECK(to_json(half).contains("chrf"));
    CHECK(to_json(half)["macro_f1"].is_null());
}

TEST_CASE("a gold label that the task lacks is an error") {
    const std::vector<RowRecord> odd = {row("yes", "purple", "yes")};
    CHECK_THROWS_WITH(make_report(yes_no(), odd, {}), Catch::Contains("purple"));
}
