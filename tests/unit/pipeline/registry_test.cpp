#include <familiar/pipeline/registry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace familiar;
using nlohmann::json;

TEST_CASE("Every SPEC of the contract is listed with its parameters, types and defaults") {
    const auto policies = pipeline::all_policies();
    std::set<std::pair<std::string, std::string>> names;
    for (const auto& entry : policies) names.emplace(entry.slot, entry.name);
    const std::set<std::pair<std::string, std::string>> wanted = {
        {"plugin", "linear"},   {"plugin", "encoder"},  {"plugin", "precomputed"}, {"plugin", "none"},
        {"llm", "embedded"},    {"llm", "http"},        {"llm", "recorded"},       {"llm", "none"},
        {"select", "random"},   {"select", "balanced"}, {"select", "nearest"},     {"select", "fixed"},
        {"decision", "always"}, {"decision", "unsure"}, {"format", "ours"},        {"format", "original"}};
    for (const auto& name : wanted) {
        INFO(name.first << " " << name.second);
        CHECK(names.contains(name));
    }
    CHECK(names.size() == policies.size());
    const auto unsure =
        std::find_if(policies.begin(), policies.end(), [](const auto& e) { return e.name == "unsure"; });
    CHECK(unsure->argument == "threshold");
    CHECK(unsure->parameters == json{{{"name", "threshold"}, {"type", "number"}, {"default", 0.9}}});
    const std::string all = pipeline::policies_to_json().dump();
    for (const char* key : {"\"model\"", "\"api\"", "\"key_env\"", "\"timeout\""}) {
        CHECK(all.find(key) != std::string::npos);
    }
}

TEST_CASE("A SPEC is checked, and spelled with all its parameters, without a policy being made") {
    using Lists = pipeline::PluginPolicies;
    CHECK_NOTHROW(pipeline::check_spec(parse_spec("linear:/gone"), Lists{}));
    CHECK_THROWS_WITH(pipeline::check_spec(parse_spec("liner"), Lists{}), Catch::Contains("Did you mean linear?"));
    const auto canonical = [](const char* text) {
        return pipeline::canonical_spec(parse_spec(text), pipeline::DecisionPolicies{}).dump();
    };
    CHECK(canonical("unsure:0.25") == R"({"type":"unsure","threshold":0.25})");
    CHECK(canonical("unsure") == canonical(R"({"type": "unsure", "threshold": 0.9})"));
}
