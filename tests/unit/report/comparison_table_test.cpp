#include <familiar/report/comparison_table.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::report;

TEST_CASE("methods stand below one another, figures to the right") {
    Report plain, full;
    plain.rows = full.rows = 200;
    plain.accuracy = 0.5;
    plain.macro_f1 = 0.25;
    plain.run.calls = 200;
    plain.run.seconds = 12.34;
    full.accuracy = 0.875;
    full.macro_f1 = 0.75;
    full.interval = familiar::evaluation::Interval{0.8, 0.9};
    full.mcnemar = Report::McNemar{};
    full.override_rate = 0.125;
    const std::vector<std::pair<std::string, Report>> methods = {{"zéro-shot", plain}, {"supericl", full}};
    CHECK(comparison_table(methods) ==
          "method     accuracy   95 % interval  macro-F1  ECE  Brier  AUROC  override rate  calls  failed  seconds\n"
          "---------  --------  --------------  --------  ---  -----  -----  -------------  -----  ------  -------\n"
          "zéro-shot     0.500               -     0.250    -      -      -              -    200       0     12.3\n"
          "supericl      0.875  0.800 to 0.900     0.750    -      -      -          0.125      0       0      0.0\n");
}

TEST_CASE("the majority class stands below methods that were asked about the same rows, the vote below one alone") {
    Report report;
    report.majority_class = {"majority class", 0.625, 0.25, {0.5, 0.75}};
    std::vector<std::pair<std::string, Report>> methods = {{"icl", report}};
    CHECK_THAT(comparison_table(methods),
               Catch::Contains("majority class     0.625") && Catch::Contains("majority vote          -"));
    methods.push_back(methods.front());
    CHECK_THAT(comparison_table(methods), Catch::Contains("majority class") && !Catch::Contains("vote"));
    methods.back().second.majority_class->accuracy = 0.5;
    CHECK_THAT(comparison_table(methods), !Catch::Contains("majority class"));
}

TEST_CASE("texts are compared by chrF and BLEU") {
    Report report;
    report.chrf = 51.25;
    report.bleu = 20.0;
    const std::vector<std::pair<std::string, Report>> methods = {{"icl", report}};
    const auto table = comparison_table(methods);
    CHECK_THAT(table, Catch::Contains("chrF") && Catch::Contains("51.250") && Catch::Contains("BLEU"));
}
