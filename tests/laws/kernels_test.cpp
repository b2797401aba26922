#include "laws/kernel_laws.hpp"

#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/xsimd.hpp>

using namespace familiar;

TEST_CASE("Kernels: the laws hold for the reference and for xsimd") {
    laws::check_kernel_laws(kernels::Reference());
    laws::check_kernel_laws(kernels::Xsimd());
}

TEST_CASE("Kernels: the laws hold for every instruction set of this machine") {
    std::size_t checked = 0;
    for (std::size_t i = 0; i < std::size(kernels::kIsaNames); ++i) {
        const auto isa = static_cast<kernels::Isa>(i);
        if (!kernels::available(isa)) continue;
        INFO(kernels::to_string(isa));
        laws::check_kernel_laws(kernels::Dispatched(isa));
        ++checked;
    }
    CHECK(checked >= 2); // the reference and xsimd are everywhere
}
