#include <familiar/core/reflection.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace {

struct Parameters {
    BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, count), (double, share), (std::string, file));
    Parameters() : count(8), share(0.5) {}
    static constexpr std::string_view kArgument = "file";
};

struct Plain {
    int count;
};

} // namespace

TEST_CASE("members are visited by name, in their order, and can be set", "[reflection]") {
    Parameters parameters;
    std::vector<std::string> names;
    familiar::for_each_parameter(parameters, [&](std::string_view name, auto& value) {
        names.emplace_back(name);
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) value = 0.25;
    });
    CHECK(names == std::vector<std::string>{"count", "share", "file"});
    CHECK(parameters.share == 0.25);
    CHECK(parameters.count == 8);
}

TEST_CASE("only reflected structs have parameters; the short form's one is optional", "[reflection]") {
    STATIC_REQUIRE(familiar::ReflectedStruct<Parameters>);
    STATIC_REQUIRE_FALSE(familiar::ReflectedStruct<Plain>);
    CHECK(familiar::short_argument<Parameters>() == "file");
    CHECK(familiar::short_argument<Plain>().empty());
}
