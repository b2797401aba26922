#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/retrieval/average_linkage.hpp>
#include <familiar/retrieval/bm25_index.hpp>
#include <familiar/retrieval/central_members.hpp>
#include <familiar/retrieval/diverse_picks.hpp>
#include <familiar/retrieval/k_means.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/retrieval/vector_index.hpp>
#include <familiar/retrieval/vote_k.hpp>

#include <support/resources.hpp>
#include <support/safetensors_file.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::retrieval;
using nlohmann::json;

namespace {

constexpr std::size_t kDimension = 384;
using Rows = tensor::MatrixView<const float>;

struct Golden {
    Golden(const std::filesystem::path& embeddings, const std::filesystem::path& vectors_file,
           const std::filesystem::path& selection)
        : train(tests::SafetensorsFile(embeddings).values<float>("train")),
          test(tests::SafetensorsFile(embeddings).values<float>("test")), vectors(vectors_file) {
        std::ifstream file(selection);
        picks = json::parse(file);
    }

    [[nodiscard]] Rows rows() const { return {train.data(), train.size() / kDimension, kDimension}; }

    /// Some train rows, of length 1.
    [[nodiscard]] std::vector<float> unit(const std::vector<std::int64_t>& numbers) const {
        std::vector<float> out;
        for (const auto n : numbers)
            out.insert(out.end(), rows().row(static_cast<std::size_t>(n)),
                       rows().row(static_cast<std::size_t>(n)) + kDimension);
        normalise_rows({out.data(), numbers.size(), kDimension});
        return out;
    }

    std::vector<float> train, test;
    tests::SafetensorsFile vectors;
    json picks;
};

#define REQUIRE_GOLDEN(name)                                                                                           \
    REQUIRE_RESOURCE(name##_embeddings, golden("training/trec_embeddings.safetensors"));                               \
    REQUIRE_RESOURCE(name##_vectors, golden("selection/vectors.safetensors"));                                         \
    REQUIRE_RESOURCE(name##_picks, golden("selection/selection.json"));                                                \
    const Golden name(name##_embeddings, name##_vectors, name##_picks)

} // namespace

TEST_CASE("BM25 scores are those of rank_bm25 and bm25s, in all four variants") {
    REQUIRE_RESOURCE(documents_file, golden("selection/documents.json"));
    REQUIRE_RESOURCE(scores_file, golden("selection/bm25.safetensors"));
    std::ifstream file(documents_file);
    const json texts = json::parse(file);
    const auto documents = texts["documents"].get<std::vector<std::vector<std::string>>>();
    const auto queries = texts["queries"].get<std::vector<std::vector<std::string>>>();
    const tests::SafetensorsFile wanted(scores_file);
    const std::map<std::string, Bm25Variant> variants = {{"okapi", Bm25Variant::okapi},
                                                         {"lucene", Bm25Variant::lucene},
                                                         {"robertson", Bm25Variant::robertson},
                                                         {"atire", Bm25Variant::atire}};
    for (const auto& [name, variant] : variants) {
        for (const double k1 : {1.2, 1.5}) {
            CAPTURE(name, k1);
            const Bm25Index<double> index(documents, {k1, 0.75, variant});
            const auto scores = wanted.values<double>(name + "_k1_" + (k1 == 1.2 ? "1.2" : "1.5"));
            double furthest = 0.0;
            std::size_t misplaced = 0;
            for (std::size_t q = 0; q < queries.size(); ++q) {
                const auto came = index.scores(queries[q]);
                for (std::size_t d = 0; d < documents.size(); ++d) {
                    const double golden = scores[q * documents.size() + d];
                    furthest = std::max(furthest, std::abs(came[d] - golden) / std::max(1.0, std::abs(golden)));
                }
                const auto best = index.search(queries[q], 10);
                for (std::size_t r = 0; r + 1 < best.size(); ++r) {
                    misplaced += best[r].score < best[r + 1].score ? 1 : 0;
                    misplaced += best[r].score != came[best[r].index] ? 1 : 0;
                }
                const double last = best.back().score;
                misplaced += static_cast<std::size_t>(
                                 std::count_if(came.begin(), came.end(), [&](double s) { return s > last; })) > 9
                                 ? 1
                                 : 0;
            }
            CHECK(furthest < 1e-12);
            CHECK(misplaced == 0);
        }
    }
}

TEST_CASE("k-means reaches the golden's clusters and centres from its start") {
    REQUIRE_GOLDEN(g);
    ThreadPool pool(2);
    const auto check = [&](std::size_t k, const auto& kernels) {
        const std::string name = "k_means_" + std::to_string(k);
        const auto starts = g.vectors.values<std::int64_t>(name + ".start_rows");
        std::vector<float> start;
        for (const auto row : starts)
            start.insert(start.end(), g.rows().row(static_cast<std::size_t>(row)),
                         g.rows().row(static_cast<std::size_t>(row)) + kDimension);
        const auto found = k_means_from(g.rows(), {start.data(), k, kDimension}, {1000, 0.0}, &pool, kernels);
        const json& wanted = g.picks["k_means"][std::to_string(k)];
        CHECK(found.converged);
        CHECK(found.inertia == Approx(wanted["inertia"].template get<double>()).epsilon(1e-6));
        CHECK(found.sizes == wanted["sizes"].template get<std::vector<std::size_t>>());
        const auto labels = g.vectors.values<std::int64_t>(name + ".labels");
        CHECK(std::equal(labels.begin(), labels.end(), found.labels.begin(), found.labels.end(),
                         [](std::int64_t a, std::size_t b) { return a == static_cast<std::int64_t>(b); }));
        const auto centres = g.vectors.values<double>(name + ".centres");
        double furthest = 0.0;
        for (std::size_t i = 0; i < centres.size(); ++i)
            furthest = std::max(furthest, std::abs(centres[i] - static_cast<double>(found.centres[i])));
        CHECK(furthest < 1e-6);
        CHECK(central_members(g.rows(), found.labels, k) ==
              wanted["closest_member_to_each_mean"].template get<std::vector<std::size_t>>());
    };
    for (const std::size_t k : {4, 8, 24}) {
        check(k, kernels::Dispatched());
        check(k, kernels::Reference());
    }
}

TEST_CASE("an empty cluster takes the point farthest from its own centre") {
    REQUIRE_GOLDEN(g);
    const json& wanted = g.picks["k_means"]["empty_cluster"];
    const auto flat = [](const json& points) {
        std::vector<float> out;
        for (const auto& p : points) out.insert(out.end(), {p[0].get<float>(), p[1].get<float>()});
        return out;
    };
    const auto points = flat(wanted["points"]), start = flat(wanted["start"]);
    const auto found = k_means_from<kernels::Reference>({points.data(), points.size() / 2, 2}, {start.data(), 3, 2});
    CHECK(found.labels == wanted["labels"].get<std::vector<std::size_t>>());
    CHECK(found.inertia == Approx(wanted["inertia"].get<double>()));
}

TEST_CASE("average linkage has the golden's heights and clusters") {
    REQUIRE_GOLDEN(g);
    std::vector<float> rows;
    for (const auto row : g.vectors.values<std::int64_t>("linkage.rows"))
        rows.insert(rows.end(), g.rows().row(static_cast<std::size_t>(row)),
                    g.rows().row(static_cast<std::size_t>(row)) + kDimension);
    ThreadPool pool(2);
    const auto tree = average_linkage<kernels::Dispatched>({rows.data(), 300, kDimension}, &pool);
    const auto heights = g.vectors.values<double>("linkage.heights");
    REQUIRE(tree.merges.size() == heights.size());
    double furthest = 0.0;
    for (std::size_t m = 0; m < heights.size(); ++m)
        furthest = std::max(furthest, std::abs(tree.merges[m].height - heights[m]) / heights[m]);
    CHECK(furthest < 1e-9);
    for (const std::size_t k : {2, 4, 8}) {
        const auto labels = g.vectors.values<std::int64_t>("linkage.labels_" + std::to_string(k));
        const auto found = tree.cut(k);
        std::map<std::pair<std::int64_t, std::size_t>, int> pairs;
        for (std::size_t i = 0; i < labels.size(); ++i) ++pairs[{labels[i], found[i]}];
        CHECK(pairs.size() == k); // one to one
    }
}

TEST_CASE("MMR and greedy DPP pick what the definitions pick") {
    REQUIRE_GOLDEN(g);
    const auto numbers = g.vectors.values<std::int64_t>("candidates.rows");
    const auto candidates = g.unit(numbers);
    const Rows rows(candidates.data(), numbers.size(), kDimension);
    std::vector<float> queries(g.test.begin(), g.test.begin() + 5 * kDimension);
    normalise_rows({queries.data(), 5, kDimension});
    const auto relevance = [&](const json& one) {
        std::vector<double> out;
        const float* const query = queries.data() + one["query"].get<std::size_t>() * kDimension;
        for (std::size_t r = 0; r < rows.rows; ++r) out.push_back(dot(rows.row(r), query, kDimension));
        return out;
    };
    for (const auto& one : g.picks["mmr"]) {
        CAPTURE(one["query"].get<int>(), one["lambda"].get<double>());
        CHECK(maximal_marginal_relevance(rows, relevance(one), one["lambda"], 16) ==
              one["picks"].get<std::vector<std::size_t>>());
    }
    for (const auto& one : g.picks["dpp"]) {
        CAPTURE(one["query"].get<int>(), one["theta"].get<double>());
        CHECK(greedy_determinantal(rows, relevance(one), one["theta"], 16) ==
              one["picks"].get<std::vector<std::size_t>>());
    }
}

TEST_CASE("vote-k picks what the definition picks") {
    REQUIRE_GOLDEN(g);
    const auto numbers = g.vectors.values<std::int64_t>("candidates.rows");
    const auto candidates = g.unit(numbers);
    const VectorIndex<kernels::Dispatched> index({candidates.data(), numbers.size(), kDimension});
    const auto graph = neighbour_graph(index, {candidates.data(), numbers.size(), kDimension}, 10);
    CHECK(vote_k(graph, 16) == g.picks["vote_k"]["picks"].get<std::vector<std::size_t>>());
}
