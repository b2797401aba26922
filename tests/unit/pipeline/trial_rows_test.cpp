#include <familiar/pipeline/trial_rows.hpp>

#include "toy_policies.hpp"

#include <familiar/core/cancellation.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/transport/scripted.hpp>

#include <support/error_of.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using transport::Scripted;

TEST_CASE("rows that are tried have an outcome each, in order") {
    auto pipeline = pipeline::compose(Scripted(std::vector<std::string>{"red", "green"}));
    pipeline.prepare(colour_task(), {});
    pipeline::NoStore store;
    pipeline::RunSettings settings;
    const auto rows = pipeline::trial_rows(pipeline, colour_examples("dev", 2), store, settings);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].answer->label == 0);
    CHECK(rows[1].answer->label == 1);
}

TEST_CASE("a failed row is an outcome; what every request would share, and a cancellation, are errors") {
    const auto examples = colour_examples("dev", 2);
    pipeline::NoStore store;
    pipeline::RunSettings settings;
    const auto tried = [&](FailureScope scope) {
        auto pipeline = pipeline::compose(Scripted([scope](const auto&) -> Result<transport::LlmReply> {
            return Failure{ErrorCode::endpoint_refused, "no", scope};
        }));
        pipeline.prepare(colour_task(), {});
        return pipeline::trial_rows(pipeline, examples, store, settings);
    };
    const auto rows = tried(FailureScope::row);
    REQUIRE(rows.size() == 2);
    CHECK((rows[0].failed() && rows[1].failed()));
    CHECK(code_of([&] { tried(FailureScope::run); }) == ErrorCode::endpoint_refused);
    Cancellation cancellation;
    cancellation.request();
    settings.cancellation = &cancellation;
    CHECK(code_of([&] { tried(FailureScope::row); }) == ErrorCode::cancelled);
}
