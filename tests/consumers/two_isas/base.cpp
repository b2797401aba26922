#include "work.hpp"

#include <cmath>
#include <cstdio>

Work native_work();

namespace {

int wrong = 0;

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    ++wrong;
}

bool near(const std::array<float, 100>& a, const std::array<float, 100>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= 2e-6F * b[i])) return false;
    }
    return true;
}

} // namespace

int main() {
    const Work base = do_work(), native = native_work();
    check(base.drawn == native.drawn, "the units draw different numbers from one seed");
    check(base.dispatched == native.dispatched, "the dispatched kernels differ between the units");
    check(near(base.portable, base.reference), "the base unit's portable kernels are wrong");
    check(near(native.portable, native.reference), "the native unit's portable kernels are wrong");
    if (FAMILIAR_NATIVE_HAS_MORE) { // else both units are compiled for the same set
        check(base.portable_type != native.portable_type, "one type stands for the kernels of two instruction sets");
    }
    return wrong == 0 ? 0 : 1;
}
