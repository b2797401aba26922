#include <familiar/pipeline/rank_grimoires.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("grimoires with sections are ranked section by section, others whole", "[rank_grimoires]") {
    std::vector<grimoire::StoredGrimoire> stored(3);
    stored[0].grimoire = {"plain", "## a\nx\n## b\ny"};
    stored[0].provenance.strategy = "profound";
    stored[1].grimoire = {"kinds", "## a\nx\n## b\ny"};
    stored[1].provenance.strategy = "retrieved";
    stored[2].grimoire = {"whole", "no sections"};
    stored[2].provenance.strategy = "retrieved";
    const auto all = pipeline::parts_of(stored);
    CHECK(all.owners == std::vector<std::size_t>{0, 1, 1, 2});
    CHECK(all.parts[2] == Grimoire{"kinds/2", "## b\ny"});
    CHECK_FALSE(pipeline::has_sections(stored[2]));
}

TEST_CASE("an LLM is called by its model's name; a store without a classifier says how to train one",
          "[rank_grimoires]") {
    CHECK(pipeline::llm_name({{"type", "http"}, {"model", "gpt"}}) == "gpt");
    CHECK(pipeline::llm_name({{"type", "embedded"}, {"model", "/models/small/"}}) == "small");
    CHECK(pipeline::llm_name({{"type", "none"}}) == "none");
    const auto error = tests::error_of([] { (void)pipeline::load_classifier("nowhere/classifier.ranker"); });
    CHECK_THAT(error.what(), Catch::Contains("familiar grimoire learn"));
}
