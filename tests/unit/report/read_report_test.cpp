#include <familiar/report/read_report.hpp>

#include <catch2/catch.hpp>

using familiar::report::from_json;
using familiar::report::Report;
using familiar::report::to_json;

namespace {

Report full_report() {
    Report report;
    report.rows = 10;
    report.failed = 1;
    report.accuracy = 0.7;
    report.macro_f1 = 0.65;
    report.matthews = 0.5;
    report.ece = 0.1;
    report.invalid_rate = 0.2;
    report.override_rate = 0.3;
    report.override_accuracy = 0.25;
    report.majority_share = 0.4;
    report.brier = 0.3;
    report.auroc = 0.8;
    report.majority_class = {"majority class", 0.4, 0.2, {0.3, 0.5}};
    report.interval = {0.4, 0.9};
    report.mcnemar = {3, 2, 0.75};
    report.run.calls = 9;
    report.run.cached_calls = 1;
    report.run.tokens = {100, 20, 50};
    report.run.demonstrations_dropped = 4;
    report.run.seconds = 1.5;
    report.run.parameters["seed"] = 3;
    report.run.hashes["task"] = "abc";
    return report;
}

} // namespace

TEST_CASE("a report read from its own JSON gives the same JSON", "[read_report]") {
    const auto json = to_json(full_report());
    CHECK(to_json(from_json(json, "here")) == json);

    Report bare;
    CHECK(to_json(from_json(to_json(bare), "here")) == to_json(bare));

    Report texts;
    texts.chrf = 50.0;
    texts.bleu = 20.0;
    texts.run.notes_lines_dropped = 2;
    CHECK(to_json(from_json(to_json(texts), "here")) == to_json(texts));
}

TEST_CASE("what is no report is refused, the place named", "[read_report]") {
    CHECK_THROWS_WITH(from_json(nlohmann::ordered_json::object(), "runs/a/report.json"),
                      Catch::Contains("runs/a/report.json") && Catch::Contains("no report"));
    auto json = to_json(full_report());
    json["rows"] = "ten";
    CHECK_THROWS_AS(from_json(json, "x"), familiar::Error);
    CHECK_THROWS_AS(familiar::report::read_report("no/such/folder"), familiar::Error);
}
