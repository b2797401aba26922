#include <familiar/pipeline/capabilities.hpp>

#include "toy_policies.hpp"

#include <familiar/plugin/any_plugin.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/no_transport.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("Capabilities are the same for a policy and for its erased form") {
    CHECK(pipeline::is_absent(plugin::NoPlugin()));
    CHECK(pipeline::is_absent(plugin::AnyPlugin(plugin::NoPlugin())));
    CHECK_FALSE(pipeline::is_absent(ColourPlugin()));
    CHECK_FALSE(pipeline::is_absent(plugin::AnyPlugin(ColourPlugin())));
    CHECK(pipeline::is_absent(transport::AnyTransport(transport::NoTransport())));
    CHECK_FALSE(pipeline::is_absent(transport::AnyTransport(right_llm())));

    ColourPlugin toy;
    plugin::AnyPlugin erased{ColourPlugin()};
    CHECK(pipeline::out_of_fold(toy).empty());
    CHECK(pipeline::out_of_fold(erased).empty());
    CHECK_FALSE(pipeline::scores_labels(right_llm()));
    CHECK_FALSE(pipeline::scores_labels(transport::AnyTransport(right_llm())));
}
