#include <familiar/evaluation/bleu.hpp>
#include <familiar/evaluation/bootstrap.hpp>
#include <familiar/evaluation/calibration_error.hpp>
#include <familiar/evaluation/chrf.hpp>
#include <familiar/evaluation/confusion_matrix.hpp>
#include <familiar/evaluation/correlation.hpp>
#include <familiar/evaluation/probability_scores.hpp>
#include <familiar/evaluation/rouge.hpp>
#include <familiar/evaluation/significance.hpp>

#include <support/resources.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace familiar;
using nlohmann::json;

namespace {

constexpr double kTolerance = 1e-9;

json read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return json::parse(file);
}

/// A golden `null` is an undefined value.
void check_figure(const json& wanted, double came) {
    if (wanted.is_null()) {
        CHECK(std::isnan(came));
    } else {
        CHECK(came == Approx(wanted.get<double>()).margin(kTolerance).epsilon(0));
    }
}

std::vector<std::optional<std::size_t>> predictions(const json& values) {
    std::vector<std::optional<std::size_t>> out;
    for (const auto& value : values) {
        const int label = value.get<int>();
        out.push_back(label < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(label)));
    }
    return out;
}

/// Rows of probabilities, and what follows from them.
struct Distributions {
    std::vector<double> values, confidence;
    std::unique_ptr<bool[]> correct;
    std::size_t rows, columns;

    Distributions(const json& probabilities, const std::vector<std::size_t>& truth, std::size_t k)
        : correct(std::make_unique<bool[]>(truth.size())), rows(truth.size()), columns(k) {
        for (std::size_t r = 0; r < rows; ++r) {
            const auto row = probabilities[r].get<std::vector<double>>();
            const auto best = std::max_element(row.begin(), row.end());
            confidence.push_back(*best);
            correct[r] = static_cast<std::size_t>(best - row.begin()) == truth[r];
            values.insert(values.end(), row.begin(), row.end());
        }
    }
    [[nodiscard]] tensor::MatrixView<const double> view() const { return {values.data(), rows, columns}; }
};

} // namespace

TEST_CASE("classification figures are those of scikit-learn") {
    REQUIRE_RESOURCE(path, golden("metrics/classification.json"));
    for (const auto& c : read(path)) {
        CAPTURE(c["name"].get<std::string>());
        const auto k = c["classes"].get<std::size_t>();
        const auto truth = c["truth"].get<std::vector<std::size_t>>();
        const auto& wanted = c["expected"];
        const evaluation::ConfusionMatrix m(k, truth, predictions(c["predicted"]));
        check_figure(wanted["accuracy"], m.accuracy());
        check_figure(wanted["precision_macro"], m.macro_precision());
        check_figure(wanted["recall_macro"], m.macro_recall());
        check_figure(wanted["f1_macro"], m.macro_f1());
        check_figure(wanted["f1_micro"], m.micro_f1());
        check_figure(wanted["f1_weighted"], m.weighted_f1());
        check_figure(wanted["matthews"], m.matthews());
        check_figure(wanted["balanced_accuracy"], m.balanced_accuracy());
        check_figure(wanted["cohen_kappa"], m.kappa());
        check_figure(wanted["majority_share"], m.majority_share());
        check_figure(wanted["invalid_rate"], m.invalid_rate());
        for (std::size_t l = 0; l < k; ++l) {
            check_figure(wanted["precision"][l], m.precision(l));
            check_figure(wanted["recall"][l], m.recall(l));
            check_figure(wanted["f1"][l], m.f1(l));
            CHECK(wanted["support"][l].get<std::size_t>() == m.support(l));
            for (std::size_t p = 0; p < k; ++p) CHECK(wanted["confusion"][l][p].get<std::size_t>() == m.count(l, p));
        }
    }
}

TEST_CASE("scores of probabilities are those of scikit-learn") {
    REQUIRE_RESOURCE(path, golden("metrics/classification.json"));
    std::size_t cases = 0;
    for (const auto& c : read(path)) {
        if (!c.contains("probabilities")) continue;
        ++cases;
        CAPTURE(c["name"].get<std::string>());
        const auto k = c["classes"].get<std::size_t>();
        const auto truth = c["truth"].get<std::vector<std::size_t>>();
        const Distributions p(c["probabilities"], truth, k);
        const auto& wanted = c["expected"];
        check_figure(wanted["log_loss"], evaluation::log_loss(truth, p.view()));
        check_figure(wanted["brier"], evaluation::brier_score(truth, p.view()));
        for (const std::size_t bins : {10u, 15u}) {
            const auto& expected = wanted["ece_" + std::to_string(bins)];
            const auto error = evaluation::calibration_error(p.confidence, {p.correct.get(), p.rows}, bins);
            check_figure(expected["ece"], error.expected);
            check_figure(expected["mce"], error.largest);
            REQUIRE(expected["bins"].size() == error.bins.size());
            for (std::size_t b = 0; b < error.bins.size(); ++b) {
                CHECK(expected["bins"][b]["bin"].get<std::size_t>() == error.bins[b].bin);
                CHECK(expected["bins"][b]["count"].get<std::size_t>() == error.bins[b].count);
                check_figure(expected["bins"][b]["confidence"], error.bins[b].confidence);
                check_figure(expected["bins"][b]["accuracy"], error.bins[b].accuracy);
            }
        }
        if (wanted.contains("auroc")) {
            const auto positive = std::make_unique<bool[]>(p.rows);
            std::vector<double> score;
            for (std::size_t r = 0; r < p.rows; ++r) {
                positive[r] = truth[r] == 1;
                score.push_back(p.view()[r][1]);
            }
            check_figure(wanted["auroc"], evaluation::auroc({positive.get(), p.rows}, score));
        }
        if (wanted.contains("auroc_ovr_macro")) {
            check_figure(wanted["auroc_ovr_macro"], evaluation::auroc_one_vs_rest(truth, p.view()));
        }
    }
    CHECK(cases == 13);
}

TEST_CASE("McNemar's test, Holm's adjustment and Wilson's interval are those of statsmodels") {
    REQUIRE_RESOURCE(path, golden("metrics/significance.json"));
    const auto wanted = read(path);
    for (const auto& c : wanted["mcnemar"]) {
        CAPTURE(c.dump());
        const auto b = c["only_first_right"].get<std::size_t>(), other = c["only_second_right"].get<std::size_t>();
        check_figure(c["exact_p"], evaluation::mcnemar_exact(b, other));
        check_figure(c["mid_p"], evaluation::mcnemar_mid_p(b, other));
    }
    for (const auto& c : wanted["holm"]) {
        const auto p = c["p"].get<std::vector<double>>();
        const auto adjusted = evaluation::holm_adjusted(p);
        for (std::size_t i = 0; i < p.size(); ++i) check_figure(c["adjusted"][i], adjusted[i]);
    }
    for (const auto& c : wanted["proportion_95"]) {
        const auto interval = evaluation::wilson_interval(c["successes"].get<std::size_t>(), c["n"].get<std::size_t>());
        check_figure(c["low"], interval.low);
        check_figure(c["high"], interval.high);
    }
}

TEST_CASE("percentile intervals are numpy's on the same resamples") {
    REQUIRE_RESOURCE(path, golden("metrics/bootstrap.json"));
    const auto wanted = read(path);
    const auto truth = wanted["truth"].get<std::vector<std::size_t>>();
    const auto first = predictions(wanted["first"]);
    std::vector<double> accuracy, f1;
    for (const auto& resample : wanted["resamples"]) {
        evaluation::ConfusionMatrix m(3);
        for (const auto& row : resample) m.add(truth[row.get<std::size_t>()], first[row.get<std::size_t>()]);
        accuracy.push_back(m.accuracy());
        f1.push_back(m.macro_f1());
    }
    const auto of_accuracy = evaluation::percentile_interval(accuracy), of_f1 = evaluation::percentile_interval(f1);
    check_figure(wanted["accuracy"]["low"], of_accuracy.low);
    check_figure(wanted["accuracy"]["high"], of_accuracy.high);
    check_figure(wanted["f1_macro"]["low"], of_f1.low);
    check_figure(wanted["f1_macro"]["high"], of_f1.high);
}

TEST_CASE("chrF and BLEU are those of sacrebleu") {
    REQUIRE_RESOURCE(path, golden("metrics/generation.json"));
    const auto wanted = read(path);
    std::vector<std::string> candidates, references;
    for (const auto& row : wanted["rows"]) {
        candidates.push_back(row["candidate"].get<std::string>());
        references.push_back(row["reference"].get<std::string>());
        CAPTURE(candidates.back(), references.back());
        check_figure(row["sentence_chrf"], evaluation::Chrf::of(candidates.back(), references.back()));
        check_figure(row["sentence_chrf++"], evaluation::Chrf::of(candidates.back(), references.back(), 2));
    }
    for (const auto& [name, corpus] : wanted["corpora"].items()) {
        CAPTURE(name);
        evaluation::Bleu bleu;
        evaluation::Chrf chrf, chrf_words(2);
        if (name == "two_references") {
            for (std::size_t i = 0; i < 2; ++i) {
                const std::vector<std::string> both = {corpus["references"][0][i].get<std::string>(),
                                                       corpus["references"][1][i].get<std::string>()};
                bleu.add(corpus["candidates"][i].get<std::string>(), both);
                chrf.add(corpus["candidates"][i].get<std::string>(), both);
            }
            check_figure(corpus["bleu"], bleu.score());
            check_figure(corpus["chrf"], chrf.score());
            continue;
        }
        const auto c = name == "all" ? candidates : corpus["candidates"].get<std::vector<std::string>>();
        const auto r = name == "all" ? references : corpus["references"].get<std::vector<std::string>>();
        for (std::size_t i = 0; i < c.size(); ++i) {
            bleu.add(c[i], r[i]);
            chrf.add(c[i], r[i]);
            chrf_words.add(c[i], r[i]);
        }
        const auto& expected = corpus["bleu_13a"];
        check_figure(expected["score"], bleu.score());
        check_figure(expected["brevity_penalty"], bleu.brevity_penalty());
        CHECK(expected["candidate_length"].get<std::size_t>() == bleu.candidate_length());
        CHECK(expected["reference_length"].get<std::size_t>() == bleu.reference_length());
        for (std::size_t n = 0; n < evaluation::Bleu::kOrders; ++n) {
            check_figure(expected["precisions"][n], bleu.precisions()[n]);
        }
        check_figure(corpus["chrf"], chrf.score());
        check_figure(corpus["chrf++"], chrf_words.score());
    }
}

TEST_CASE("correlations are those of scipy") {
    REQUIRE_RESOURCE(path, golden("metrics/correlation.json"));
    for (const json& c : read(path)) {
        CAPTURE(c["name"].get<std::string>());
        const auto x = c["x"].get<std::vector<double>>(), y = c["y"].get<std::vector<double>>();
        check_figure(c["pearson"], evaluation::pearson(x, y));
        check_figure(c["spearman"], evaluation::spearman(x, y));
        check_figure(c["kendall"], evaluation::kendall(x, y));
    }
}

TEST_CASE("ROUGE is that of rouge-score without stemming") {
    REQUIRE_RESOURCE(path, golden("metrics/generation.json"));
    const json file = read(path);
    for (const json& row : file["rows"]) {
        const auto candidate = row["candidate"].get<std::string>(), reference = row["reference"].get<std::string>();
        CAPTURE(candidate, reference);
        const auto check = [&](const char* kind, const evaluation::Rouge& came) {
            const json& wanted = row["rouge"][kind];
            check_figure(wanted["precision"], came.precision);
            check_figure(wanted["recall"], came.recall);
            check_figure(wanted["f1"], came.f1);
        };
        check("rouge1", evaluation::rouge_n(candidate, reference, 1));
        check("rouge2", evaluation::rouge_n(candidate, reference, 2));
        check("rougeL", evaluation::rouge_l(candidate, reference));
        check("rougeLsum", evaluation::rouge_l_sum(candidate, reference));
    }
}
