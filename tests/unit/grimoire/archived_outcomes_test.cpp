#include <familiar/grimoire/archived_outcomes.hpp>

#include <support/resources.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace familiar;

TEST_CASE("the published archive has 33,750 outcomes of five LLMs", "[archived_outcomes]") {
    REQUIRE_RESOURCE(archive, dataset("grimoire_archive"));
    const auto outcomes = grimoire::archived_outcomes(archive);
    CHECK(outcomes.size() == 33750);
    std::set<std::string> llms;
    std::size_t right = 0, with_notes = 0;
    for (const auto& outcome : outcomes) {
        llms.insert(outcome.llm);
        right += outcome.right ? 1 : 0;
        with_notes += outcome.grimoire.empty() ? 0 : 1;
    }
    CHECK(llms ==
          std::set<std::string>{"Baichuan2_7B_Chat", "LLaMA2_13B_Chat", "LLaMA2_70B_Chat", "PHI2", "gpt-3.5-turbo"});
    CHECK(with_notes == 0);
    CHECK(right > 13000);
    CHECK(right < 19000);
    CHECK_THROWS_AS(grimoire::archived_outcomes(archive / "nowhere"), Error);
}
