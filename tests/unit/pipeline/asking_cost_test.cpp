#include <familiar/pipeline/asking_cost.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using pipeline::AskingCost;

TEST_CASE("A row costs its requests, those that failed too, and the tokens of what was answered") {
    pipeline::RowOutcome row;
    row.calls = 2;
    row.failed_calls = 3;
    row.cached_calls = 4;
    row.usage = {10, 20, 5};
    CHECK(pipeline::cost_of(row) == AskingCost{5, 4, {10, 20, 5}});
    AskingCost sum{1, 1, {1, 1, 1}};
    sum += pipeline::cost_of(row);
    CHECK(sum == AskingCost{6, 5, {11, 21, 6}});
}

TEST_CASE("A cost is read as it was written, beside other members") {
    const AskingCost cost{7, 8, {9, 10, 11}};
    nlohmann::json object = {{"best", 3}};
    pipeline::write_cost(cost, object);
    CHECK(object.dump() == R"({"best":3,"calls":[7,8],"tokens":[9,10,11]})");
    CHECK(pipeline::read_cost(object) == cost);
}
