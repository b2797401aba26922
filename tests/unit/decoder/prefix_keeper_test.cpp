#include "loaded_model.hpp"

#include <familiar/decoder/prefix_keeper.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace familiar;

TEST_CASE("only the tokens of a beginning that no kept one has go through the model") {
    const tests::TinyModel tiny;
    tests::LoadedModel<> loaded(tiny);
    decoder::PrefixKeeper keeper(loaded.model);
    const auto processed = [&] { return loaded.model.tokens_processed(); };
    auto prompt = tests::some_tokens(700, 1);

    CHECK(keeper.keep(prompt, 0).tokens == 0);
    CHECK(processed() == 0);
    const auto first = keeper.keep(prompt, 600);
    CHECK(first.tokens == 600);
    CHECK(first.reused == 0);
    CHECK(processed() == 600);

    CHECK(keeper.keep(prompt, 600).store == first.store);
    CHECK(keeper.keep(prompt, 50).tokens == 50); // never more than asked for
    CHECK(keeper.keep(prompt, 50).store == first.store);
    CHECK(processed() == 600);

    prompt[400] = (prompt[400] + 1) % 130;
    const auto other = keeper.keep(prompt, 600);
    CHECK(other.reused == 400);
    CHECK(processed() == 800);
    CHECK(std::equal(other.store->keys(1), other.store->keys(1) + 400 * 16, first.store->keys(1)));
    CHECK_FALSE(std::equal(other.store->keys(1), other.store->keys(1) + 401 * 16, first.store->keys(1)));

    CHECK(keeper.keep(prompt, 5000).tokens == 699); // the last token is left for the query
    CHECK(keeper.keep({}, 5).tokens == 0);
}
