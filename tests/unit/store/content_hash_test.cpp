#include <familiar/store/content_hash.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace familiar::store;

TEST_CASE("SHA-256 gives the published digests") { // FIPS 180-2, appendix B
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces are hashed as their sum, parts are not") {
    CHECK(ContentHash().update("a").update("bc").hex() == sha256("abc"));
    CHECK(ContentHash().part("ab").part("c").hex() != ContentHash().part("a").part("bc").hex());
    CHECK(ContentHash().part("").part("x").hex() != ContentHash().part("x").part("").hex());
}

TEST_CASE("a file is hashed as its bytes") {
    const familiar::tests::ScratchFolder folder;
    const std::string bytes((std::size_t{1} << 20) + 17, '\xfe'); // more than one buffer
    std::ofstream(folder / "f", std::ios::binary) << bytes;
    CHECK(sha256_of_file(folder / "f") == sha256(bytes));
    std::ofstream(folder / "empty").flush();
    CHECK(sha256_of_file(folder / "empty") == sha256(""));
    CHECK_THROWS_WITH(sha256_of_file(folder / "missing"), Catch::Matchers::Contains("missing"));
    CHECK_THROWS_AS(sha256_of_file(folder.path()), familiar::Error);
}
