// Through registry.hpp, which declares them: the tests link them as programs of several units do.
#include <familiar/pipeline/registry.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;

TEST_CASE("Policies are made of their SPECs, and say what they were made with") {
    ThreadPool pool(1);
    pipeline::Resources resources(pool, kernels::Dispatched());
    const auto unsure = pipeline::make_decision(parse_spec("unsure:0.25"), resources);
    CHECK(unsure.policy.asks(Prediction{0, 0.2, {}}));
    CHECK_FALSE(unsure.policy.asks(Prediction{0, 0.3, {}}));
    CHECK(unsure.parameters.dump() == R"({"type":"unsure","threshold":0.25})");
    CHECK(pipeline::make_plugin(parse_spec("none"), resources).policy.is_absent());
    CHECK(pipeline::make_transport(parse_spec("none"), resources).policy.is_absent());
    CHECK_FALSE(pipeline::make_selector(parse_spec("balanced"), resources).policy.varies());
    const auto format = pipeline::make_format(parse_spec(R"({"type": "original", "model_name": "BERT"})"), resources);
    CHECK(format.policy.identity().find("BERT") != std::string::npos);
}

TEST_CASE("A format is made with the ablation of the run") {
    ThreadPool pool(1);
    prompt::Ablation ablation;
    ablation.confidence = true;
    pipeline::Resources resources(pool, kernels::Dispatched(), nullptr, ablation);
    CHECK(pipeline::make_format(parse_spec("ours"), resources).policy.identity().ends_with("-confidence"));
}

TEST_CASE("What is wrong with a SPEC is said with its option") {
    ThreadPool pool(1);
    pipeline::Resources resources(pool, kernels::Dispatched());
    const auto refused = [&](const char* text, ErrorCode code, const char* word) {
        try {
            (void)pipeline::make_plugin(parse_spec(text, "--plugin"), resources);
            FAIL("no error for " << text);
        } catch (const Error& error) {
            INFO(error.what());
            CHECK(error.code() == code);
            CHECK(error.where().find("--plugin") == 0);
            CHECK(std::string(error.what()).find(word) != std::string::npos);
        }
    };
    refused("liner:x", ErrorCode::unknown_name, "Did you mean linear?");
    refused("linear:/gone", ErrorCode::file_not_found, "/gone");
    refused("encoder", ErrorCode::invalid_spec, "encoder:DIR");
    refused(R"({"type": "precomputed", "flie": "x"})", ErrorCode::unknown_name, "file");
    refused(R"({"type": "encoder", "max_length": -1})", ErrorCode::invalid_argument, "max_length");
    refused("none:x", ErrorCode::invalid_spec, "no argument");
}
