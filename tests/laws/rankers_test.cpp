#include "ranker_laws.hpp"

#include <familiar/grimoire/no_grimoire.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using familiar::Example;
using familiar::Grimoire;
using familiar::Task;

namespace {

/// The example of the folder's concept page.
struct OneGrimoire {
    static constexpr bool depends_on_query = false;
    Grimoire notes{"mine", "Sarcasm counts as negative."};
    void prepare(const Task&) {}
    std::vector<const Grimoire*> choose(std::span<const Example> queries) const {
        return std::vector<const Grimoire*>(queries.size(), &notes);
    }
    std::string identity() const { return "one:" + notes.name; }
};

/// Chooses by the query: long notes for long texts.
struct ByLength {
    static constexpr bool depends_on_query = true;
    Grimoire brief{"brief", "Be brief."}, full{"full", "Look at every word."};
    void prepare(const Task&) {}
    std::vector<const Grimoire*> choose(std::span<const Example> queries) const {
        std::vector<const Grimoire*> chosen;
        for (const auto& query : queries) chosen.push_back(query.text.size() > 4 ? &full : &brief);
        return chosen;
    }
    std::string identity() const { return "by-length"; }
};

} // namespace

TEST_CASE("rankers keep the laws of their concept", "[laws]") {
    const std::vector<Example> queries = {{"0", "short", {}, {}}, {"1", "tiny", {}, {}}, {"2", "a long text", {}, {}}};
    familiar::grimoire::NoGrimoire none;
    familiar::laws::check_ranker_laws(none, Task(), queries);
    OneGrimoire one;
    familiar::laws::check_ranker_laws(one, Task(), queries);
    ByLength by_length;
    familiar::laws::check_ranker_laws(by_length, Task(), queries);
}
