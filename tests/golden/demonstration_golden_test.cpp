#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/retrieval/unit_rows.hpp>

#include <support/resources.hpp>
#include <support/safetensors_file.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace familiar;

namespace {

/// Looks an example's vector up by its id.
struct StoredEncoder {
    std::shared_ptr<const std::map<std::string, std::vector<float>>> vectors;
    [[nodiscard]] std::size_t dimension() const { return 384; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        for (std::size_t r = 0; r < examples.size(); ++r) {
            const auto& vector = vectors->at(examples[r].id);
            std::copy(vector.begin(), vector.end(), out.row(r));
        }
    }
    [[nodiscard]] std::string identity() const { return "stored"; }
};

} // namespace

TEST_CASE("nearest neighbours are those of the golden in every place without a tie") {
    REQUIRE_RESOURCE(embeddings, golden("training/trec_embeddings.safetensors"));
    REQUIRE_RESOURCE(expected, golden("selection/vectors.safetensors"));
    constexpr std::size_t kDimension = 384, kQueries = 50, kNearest = 10;
    const auto train = tests::SafetensorsFile(embeddings).values<float>("train"),
               test = tests::SafetensorsFile(embeddings).values<float>("test");
    const tests::SafetensorsFile wanted(expected);
    const auto indices = wanted.values<std::int64_t>("neighbours.indices");
    const auto similarities = wanted.values<double>("neighbours.similarities");
    const auto gaps = wanted.values<double>("neighbours.gaps");
    REQUIRE(indices.size() == kQueries * kNearest);
    REQUIRE(similarities.size() == kQueries * kNearest);
    REQUIRE(gaps.size() == kQueries * kNearest);

    std::vector<Example> pool(train.size() / kDimension), queries(kQueries);
    auto vectors = std::make_shared<std::map<std::string, std::vector<float>>>();
    const auto fill = [&](std::vector<Example>& rows, const std::vector<float>& values, const std::string& name) {
        for (std::size_t r = 0; r < rows.size(); ++r) {
            rows[r].id = name + std::to_string(r);
            rows[r].label = "a";
            const auto begin = values.begin() + static_cast<std::ptrdiff_t>(r * kDimension);
            (*vectors)[rows[r].id].assign(begin, begin + kDimension);
        }
    };
    fill(pool, train, "train");
    fill(queries, test, "test");
    demonstration::NearestSelector<StoredEncoder, kernels::Dispatched>::Parameters parameters;
    parameters.nearest_last = false;
    demonstration::NearestSelector<StoredEncoder, kernels::Dispatched> selector(parameters, StoredEncoder{vectors});
    selector.prepare({}, pool, 0);
    const auto selection = selector.select(queries, kNearest);

    auto pool_rows = train, query_rows = test;
    const tensor::MatrixView<float> unit(pool_rows.data(), pool.size(), kDimension),
        asked(query_rows.data(), kQueries, kDimension);
    retrieval::normalise_rows(unit);
    retrieval::normalise_rows(asked);
    const auto found = retrieval::VectorIndex<kernels::Dispatched>(unit).search(asked, kNearest);

    std::size_t compared = 0;
    float furthest = 0.0F;
    for (std::size_t q = 0; q < kQueries; ++q) {
        for (std::size_t k = 0; k < kNearest; ++k) {
            CAPTURE(q, k);
            const std::size_t at = q * kNearest + k;
            furthest = std::max(furthest, std::abs(found[q][k].similarity - static_cast<float>(similarities[at])));
            // gaps[k] is that to the next place: a tie leaves both places open.
            const bool tied = gaps[at] < 1e-6 || (k > 0 && gaps[at - 1] < 1e-6);
            if (tied) continue;
            ++compared;
            CHECK(selection[q][k] == static_cast<std::size_t>(indices[at]));
        }
    }
    CHECK(compared > 450);
    CHECK(furthest < 2e-6F);
}
