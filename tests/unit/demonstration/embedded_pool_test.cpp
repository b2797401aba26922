#include <familiar/demonstration/embedded_pool.hpp>

#include "pool.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("labelled examples become rows of length 1, and a row of the pool is known as itself") {
    auto pool = texts({"sun", "moon", "noon", ""});
    pool[1].label.reset();
    demonstration::EmbeddedPool<LetterEncoder> embedded{LetterEncoder()};
    embedded.take(pool);
    CHECK(embedded.rows().positions() == std::vector<std::size_t>{0, 2, 3});
    CHECK(embedded.rows().row_of(pool[2]) == 1);
    CHECK(embedded.rows().row_of(pool[1]) == retrieval::kNobody);
    CHECK(embedded.rows().row_of(texts({"sun"}).front()) == retrieval::kNobody);
    CHECK(&embedded.rows().example(1) == &pool[2]);
    const auto vectors = embedded.vectors();
    CHECK(vectors.rows == 3);
    CHECK(vectors.row(1)['o' - 'a'] == Approx(2 / std::sqrt(8.0)));
    CHECK(vectors.row(2)[0] == 0.0F); // an empty text is no direction
    const std::vector<std::size_t> some = {2, 1};
    const auto gathered = embedded.vectors_of(some);
    REQUIRE(gathered.size() == 2 * vectors.columns);
    CHECK(gathered.data()[vectors.columns + 'o' - 'a'] == vectors.row(1)['o' - 'a']);
    CHECK(gathered.data()[0] == 0.0F);
    CHECK(embedded.embed(texts({"a"})).row(0)[0] == 1.0F);
}
