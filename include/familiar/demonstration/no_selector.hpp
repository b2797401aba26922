#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>

#include <string_view>

namespace familiar::demonstration {

/// The null policy of the selector's slot: nothing is shown.
struct NoSelector {
    static constexpr std::string_view kName = "none";
    static constexpr bool kAbsent = true;
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    NoSelector() = default;
    explicit NoSelector(const Parameters&) {}

    void prepare(const Task&, std::span<const Example>, std::uint64_t) noexcept {}
    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t) const {
        return std::vector<std::vector<std::size_t>>(queries.size());
    }
    [[nodiscard]] std::string identity() const { return "none"; }
};

static_assert(DemonstrationSelector<NoSelector>);

} // namespace familiar::demonstration
