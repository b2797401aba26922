#include "tiny_model.hpp"

#include <familiar/decoder/prefix_cache.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace familiar;
using decoder::KeyValueStore;
using decoder::PrefixCache;

namespace {

using Tokens = std::vector<std::int32_t>;

std::shared_ptr<const KeyValueStore> store_of(std::size_t tokens) {
    decoder::DecoderShape shape;
    shape.layers = 2;
    shape.key_value_heads = 1;
    shape.head_size = 4;
    auto store = std::make_shared<KeyValueStore>(shape, tokens);
    store->append(tokens);
    return store;
}

} // namespace

TEST_CASE("the beginning that agrees longest is found, and how far it agrees") {
    PrefixCache cache(4);
    const auto a = store_of(3), b = store_of(4);
    cache.insert({1, 2, 3}, a);
    cache.insert({1, 2, 4, 5}, b);
    CHECK(cache.find(Tokens{1, 2, 3, 9}).store == a);
    CHECK(cache.find(Tokens{1, 2, 3, 9}).tokens == 3);
    CHECK(cache.find(Tokens{1, 2, 4, 6}).store == b);
    CHECK(cache.find(Tokens{1, 2, 4, 6}).tokens == 3);
    CHECK(cache.find(Tokens{1}).tokens == 1);
    CHECK(cache.find(Tokens{7}).store == nullptr);
    CHECK(cache.find(Tokens{}).store == nullptr);
}

TEST_CASE("keys of other angles are other keys") {
    PrefixCache cache(4);
    const auto a = store_of(3), b = store_of(2);
    cache.insert({1, 2, 3}, a, 40);
    cache.insert({1, 2}, b);
    CHECK(cache.size() == 2);
    CHECK(cache.find(Tokens{1, 2, 3}).store == b);
    CHECK(cache.find(Tokens{1, 2, 3}, 40).store == a);
    CHECK(cache.find(Tokens{1, 2, 3}, 41).store == nullptr);
}

TEST_CASE("a beginning replaces those that it begins with") {
    PrefixCache cache(4);
    cache.insert({1, 2}, store_of(2));
    cache.insert({1, 2, 3}, store_of(3));
    CHECK(cache.size() == 1);
    cache.insert({1, 3}, store_of(2));
    CHECK(cache.size() == 2);
}

TEST_CASE("the longest unused beginning is dropped where there are too many or they are too large") {
    PrefixCache cache(2);
    cache.insert({1}, store_of(1));
    cache.insert({2}, store_of(1));
    CHECK(cache.find(Tokens{1, 5}).tokens == 1);
    cache.insert({3}, store_of(1));
    CHECK(cache.size() == 2);
    CHECK(cache.find(Tokens{1}).tokens == 1);
    CHECK(cache.find(Tokens{2}).tokens == 0);

    PrefixCache small(10, 3 * store_of(1)->bytes());
    small.insert({1, 1}, store_of(2));
    small.insert({2}, store_of(1));
    CHECK(small.size() == 2);
    small.insert({3}, store_of(1));
    CHECK(small.size() == 2);
    CHECK(small.find(Tokens{1, 1}).tokens == 0);
    small.insert({4, 4, 4, 4}, store_of(4)); // larger than the limit: kept, alone
    CHECK(small.size() == 1);
    CHECK(small.find(Tokens{4, 4, 4, 4}).tokens == 4);
    small.clear();
    CHECK(small.bytes() == 0);
}
