#pragma once

#include <familiar/core/error.hpp>

#include <boost/hana.hpp>

#include <string>
#include <string_view>
#include <type_traits>

/// Parameters of a policy are one struct whose members are declared with BOOST_HANA_DEFINE_STRUCT; from that single
/// definition come JSON in and out (core/parameters_json.hpp), the listing of `familiar policies`, and the content hash
/// of a run.
///
///     struct Parameters {
///         BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, count), (double, share));
///         Parameters() : count(8), share(0.5) {}
///         static constexpr std::string_view kArgument = "count"; // what `name:argument` sets; optional
///     };
namespace familiar {

template <class P>
concept ReflectedStruct = boost::hana::Struct<std::remove_cvref_t<P>>::value;

/// Calls `visit(name, member)` for every member in the order of declaration.
template <ReflectedStruct P, class Visit> constexpr void for_each_parameter(P&& parameters, Visit&& visit) {
    boost::hana::for_each(boost::hana::accessors<std::remove_cvref_t<P>>(), [&](auto accessor) {
        const std::string_view name = boost::hana::to<const char*>(boost::hana::first(accessor));
        visit(name, boost::hana::second(accessor)(parameters));
    });
}

/// The parameter that the short form `name:argument` sets, or nothing.
template <class P> constexpr std::string_view short_argument() {
    if constexpr (requires { P::kArgument; }) {
        return P::kArgument;
    } else {
        return {};
    }
}

} // namespace familiar
