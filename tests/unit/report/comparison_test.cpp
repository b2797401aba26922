#include <familiar/report/comparison.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace familiar;
using namespace familiar::tests;

namespace {

Task letters() {
    Task task;
    task.labels = {"a", "b"};
    return task;
}

/// One row a letter of both texts; a dot is no label.
report::ComparedRun run(const std::string& name, const std::string& gold, const std::string& said) {
    std::vector<report::RowRecord> rows(gold.size());
    for (std::size_t i = 0; i < gold.size(); ++i) {
        rows[i].id = std::to_string(i);
        rows[i].gold = gold.substr(i, 1);
        if (said[i] != '.') rows[i].label = said.substr(i, 1);
        rows[i].decided_by = DecidedBy::llm;
    }
    return {name, report::make_report(letters(), rows, {}), rows};
}

} // namespace

TEST_CASE("runs are compared with the first, row by row, and p is adjusted for the number of tests") {
    const auto comparison =
        report::compare_runs({run("one", "aaaabbbb", "aaaaaaaa"), run("two", "aaaabbbb", "aaaabbbb"),
                              run("three", "aaaabbbb", "aaaabbb."), run("other", "ab", "ab")});
    CHECK_FALSE(comparison.against_first[0]);
    REQUIRE(comparison.against_first[1]);
    CHECK(comparison.against_first[1]->only_this == 4);
    CHECK(comparison.against_first[1]->only_first == 0);
    CHECK(comparison.against_first[1]->p == Approx(0.125));
    CHECK(comparison.against_first[1]->p_holm == Approx(0.25));
    CHECK(comparison.against_first[2]->p == Approx(0.25));
    CHECK(comparison.against_first[2]->p_holm == Approx(0.25));
    CHECK(comparison.against_first[1]->difference.low > 0.0);
    CHECK(comparison.against_first[1]->difference.high <= 1.0);
    CHECK_FALSE(comparison.against_first[3]); // other rows
    CHECK(comparison.baselines.empty());
    CHECK_THAT(report::comparison_table(comparison), Catch::Contains("p (Holm)"));
}

TEST_CASE("majority class and majority vote stand beside the runs") {
    const auto comparison =
        report::compare_runs({run("one", "aaab", "ab.b"), run("two", "aaab", "bb.a"), run("three", "aaab", "aab.")});
    REQUIRE(comparison.baselines.size() == 2);
    CHECK(comparison.baselines[0].name == "majority class");
    CHECK(comparison.baselines[0].accuracy == Approx(0.75));
    CHECK(comparison.baselines[0].macro_f1 == Approx((2 * 0.75 / 1.75 + 0) / 2));
    CHECK(comparison.baselines[1].accuracy == Approx(0.5)); // a, b, b, and of b and a the first run's b
    auto sure = std::vector{run("one", "aab", "aaa"), run("two", "aab", "bbb")};
    for (auto& row : sure[0].rows) row.distribution = {{"a", 0.7}, {"b", 0.3}};
    for (auto& row : sure[1].rows) row.distribution = {{"a", 0.2}, {"b", 0.8}};
    for (auto& row : sure[0].rows) row.probability = 0.7;
    for (auto& row : sure[1].rows) row.probability = 0.8;
    CHECK(report::compare_runs(sure).baselines[1].accuracy == Approx(1.0 / 3)); // of two voices the surer
    const auto json = to_json(comparison);
    CHECK(json.size() == 5);
    CHECK(json[4]["baseline"] == "majority vote");
    CHECK(json[1]["against_first"]["b"] == 0);
    CHECK_THAT(report::comparison_table(comparison), Catch::Contains("majority vote"));
    CHECK(report::compare_runs({}).baselines.empty());
}

TEST_CASE("a run's folder is read back, a broken row is named") {
    const ScratchFolder scratch;
    const auto one = run("one", "ab", "aa");
    std::ofstream(scratch.path() / "report.json") << report::to_text(one.report);
    std::ofstream(scratch.path() / "predictions.jsonl") << report::to_line(one.rows[0]) << "\n"
                                                        << report::to_line(one.rows[1]) << "\n";
    const auto read = report::read_run(scratch.path(), "one");
    CHECK(read.rows == one.rows);
    std::ofstream(scratch.path() / "predictions.jsonl") << report::to_line(one.rows[0]) << "\n{}\n";
    CHECK_THROWS_WITH(report::read_run(scratch.path(), "one"), Catch::Contains("line 2"));
}
