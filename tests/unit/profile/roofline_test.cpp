#include <familiar/profile/roofline.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using profile::Roofline;

TEST_CASE("limits are there for what the machine has, and are measured once") {
    for (std::size_t i = 0; i < std::size(kernels::kIsaNames); ++i) {
        const auto isa = static_cast<kernels::Isa>(i);
        const double limit = Roofline::f32_flops(isa);
        INFO(kernels::kIsaNames[i]);
        CHECK((limit > 0.0) == kernels::available(isa));
        CHECK(Roofline::f32_flops(isa) == limit);
    }
    CHECK(Roofline::read_bandwidth() > 0.0);
}
