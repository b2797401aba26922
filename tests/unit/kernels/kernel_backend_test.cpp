#include <familiar/kernels/xsimd.hpp>

#include "backends.hpp"
#include "laws/kernel_laws.hpp"

using namespace familiar;
using namespace familiar::kernels;

TEST_CASE("every backend keeps the laws of kernels", "[kernels][laws]") {
    laws::check_kernel_laws(Reference{});
    laws::check_kernel_laws(Xsimd{});
    for (const Dispatched& backend : tests::backends()) {
        INFO(backend.name());
        laws::check_kernel_laws(backend);
    }
}

namespace {

/// Everything that a backend needs but the attention.
struct WithoutAttention : private Reference {
    using Reference::activate, Reference::add, Reference::attention_scratch, Reference::dot, Reference::gated,
        Reference::layer_norm, Reference::multiply_add, Reference::multiply_panel, Reference::name, Reference::rms_norm,
        Reference::rotate_halves, Reference::rotate_pairs, Reference::softmax, Reference::unpack_panel;
};

} // namespace

TEST_CASE("a set of kernels with one missing is no backend", "[kernels]") {
    STATIC_REQUIRE(KernelBackend<Reference>);
    STATIC_REQUIRE(KernelBackend<Xsimd>);
    STATIC_REQUIRE(KernelBackend<Dispatched>);
    STATIC_REQUIRE_FALSE(KernelBackend<WithoutAttention>);
    STATIC_REQUIRE(MultipliesPanels<WithoutAttention>);
    STATIC_REQUIRE_FALSE(Attends<WithoutAttention>);
    STATIC_REQUIRE(sizeof(Dispatched) == sizeof(void*));
}
