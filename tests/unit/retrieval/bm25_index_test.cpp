#include <familiar/retrieval/bm25_index.hpp>

#include <familiar/core/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace familiar;
using namespace familiar::retrieval;
using Words = std::vector<std::string>;

TEST_CASE("scores are those of the definition") {
    const std::vector<Words> documents = {{"a", "b"}, {"a", "a", "c", "d"}, {}};
    const Bm25Index<double> index(documents, {1.5, 0.75, Bm25Variant::lucene});
    CHECK(index.size() == 3);
    CHECK(index.vocabulary() == 4);
    const auto idf = [](double n) { return std::log(1.0 + (3.0 - n + 0.5) / (n + 0.5)); };
    const auto tf = [](double f, double length) { return f / (f + 1.5 * (0.25 + 0.75 * length / 2.0)); };
    const auto scores = index.scores(Words{"a", "c", "nowhere", "c"});
    CHECK(scores[0] == Approx(idf(2) * tf(1, 2)));
    CHECK(scores[1] == Approx(idf(2) * tf(2, 4) + 2 * idf(1) * tf(1, 4)));
    CHECK(scores[2] == 0.0);
}

TEST_CASE("the best documents are those of a full sort, over several blocks of documents") {
    Random random(1);
    std::vector<Words> documents(9000);
    for (auto& document : documents) {
        for (std::size_t w = random.below(6); w > 0; --w) document.push_back("w" + std::to_string(random.below(40)));
    }
    const Bm25Index<float> index(documents);
    for (const std::size_t count : {0U, 1U, 7U, 9000U, 20000U}) {
        const Words query = {"w1", "w2", "w39", "w1"};
        const auto scores = index.scores(query);
        std::vector<std::size_t> order(documents.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
        const auto best = index.search(query, count);
        REQUIRE(best.size() == std::min<std::size_t>(count, documents.size()));
        bool equal = true;
        for (std::size_t i = 0; i < best.size(); ++i)
            equal = equal && best[i].index == order[i] && best[i].score == scores[order[i]];
        CHECK(equal);
    }
}

TEST_CASE("an index of nothing finds nothing, a query of nothing finds the first ones") {
    CHECK(Bm25Index<float>().search(Words{"a"}, 3).empty());
    const std::vector<Words> empty(2);
    const auto found = Bm25Index<float>(empty).search(Words{"a"}, 3);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == ScoredDocument<float>{0, 0.0F});
    CHECK(found[1] == ScoredDocument<float>{1, 0.0F});
}
