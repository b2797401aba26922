#include "strategy_laws.hpp"

#include <familiar/grimoire/generated_strategy.hpp>
#include <familiar/grimoire/mistakes_strategy.hpp>
#include <familiar/grimoire/playbook_strategy.hpp>
#include <familiar/grimoire/profound_strategy.hpp>
#include <familiar/grimoire/retrieved_strategy.hpp>
#include <familiar/grimoire/simple_strategy.hpp>
#include <familiar/grimoire/validated_strategy.hpp>
#include <familiar/grimoire/zero_shot_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("strategies keep the laws of their concept", "[laws]") {
    const tests::ToyDesk toy;
    laws::check_strategy_laws(grimoire::ProfoundStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::ZeroShotStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::SimpleStrategy({"long", "Many rules."}), toy.desk);
    laws::check_strategy_laws(grimoire::MistakesStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::ValidatedStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::PlaybookStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::RetrievedStrategy(), toy.desk);
    laws::check_strategy_laws(grimoire::GeneratedStrategy(), toy.desk);
}
