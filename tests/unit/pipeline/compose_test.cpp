#include <familiar/pipeline/compose.hpp>

#include "toy_policies.hpp"

#include <familiar/decision/ask_when_unsure.hpp>
#include <familiar/prompt/original_format.hpp>

#include <catch2/catch.hpp>

#include <type_traits>

using namespace familiar;
using namespace familiar::tests;
using transport::Scripted;

TEST_CASE("Each policy goes to the slot whose concept it models, in any order, and null policies fill the rest") {
    using Full = pipeline::Pipeline<ColourPlugin, FirstSelector, grimoire::NoGrimoire, prompt::OriginalFormat, Scripted,
                                    decision::AskWhenUnsure>;
    const Scripted llm = right_llm();
    STATIC_REQUIRE(std::is_same_v<Full, decltype(compose(ColourPlugin(), FirstSelector(), prompt::OriginalFormat(), llm,
                                                         decision::AskWhenUnsure()))>);
    STATIC_REQUIRE(std::is_same_v<Full, decltype(compose(llm, decision::AskWhenUnsure(), pipeline::PipelineOptions(),
                                                         prompt::OriginalFormat(), FirstSelector(), ColourPlugin()))>);
    using Zero = pipeline::Pipeline<plugin::NoPlugin, demonstration::NoSelector, grimoire::NoGrimoire,
                                    prompt::OurFormat, Scripted, decision::AlwaysAsk>;
    STATIC_REQUIRE(std::is_same_v<Zero, decltype(compose(llm))>);
}

TEST_CASE("The aliases are what compose makes") {
    STATIC_REQUIRE(std::is_same_v<pipeline::ZeroShot<Scripted>, decltype(compose(right_llm()))>);
    STATIC_REQUIRE(
        std::is_same_v<pipeline::FewShot<FirstSelector, Scripted>, decltype(compose(right_llm(), FirstSelector()))>);
    STATIC_REQUIRE(
        std::is_same_v<pipeline::SuperIcl<ColourPlugin, FirstSelector, Scripted, prompt::OriginalFormat>,
                       decltype(compose(prompt::OriginalFormat(), ColourPlugin(), right_llm(), FirstSelector()))>);
    STATIC_REQUIRE(std::is_same_v<pipeline::PluginAlone<ColourPlugin>, decltype(compose(ColourPlugin()))>);
}

TEST_CASE("Options given among the policies are the pipeline's, and the default format is made with their ablation") {
    pipeline::PipelineOptions options;
    options.demonstrations = 3;
    options.seed = 9;
    options.ablation.confidence = true;
    const auto pipeline = compose(right_llm(), options);
    CHECK(pipeline.options() == options);
    CHECK(pipeline.format().identity().find("-confidence") != std::string::npos);
}

TEST_CASE("Policies that can only be moved are moved") {
    struct Single : ColourPlugin {
        std::unique_ptr<int> held = std::make_unique<int>(7);
    };
    auto pipeline = compose(Single(), right_llm());
    CHECK(*pipeline.plugin().held == 7);
}
