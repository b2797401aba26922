#include <familiar/pipeline/run_options.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("Methods are known by their names") {
    const auto method = pipeline::parse_method("icl");
    CHECK_FALSE(method.plugin);
    CHECK(method.llm);
    CHECK(method.demonstrations);
    try {
        (void)pipeline::parse_method("zero-shto");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::unknown_name);
        CHECK(error.advice().find("Did you mean zero-shot?") != std::string::npos);
    }
}

TEST_CASE("Ablations are named one by one") {
    CHECK(pipeline::parse_ablation({}) == prompt::Ablation{});
    CHECK(pipeline::parse_ablation({"confidence", "test-prediction"}) == prompt::Ablation{true, true, false, false});
    CHECK(pipeline::parse_ablation({"grimoire", "demonstrations"}) == prompt::Ablation{false, false, true, true});
    CHECK_THROWS_AS(pipeline::parse_ablation({"confidence", "everything"}), Error);
}
