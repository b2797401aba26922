#include "backends.hpp"

using namespace familiar;
using namespace familiar::kernels;

TEST_CASE("there is one table for every instruction set of this machine and none for others", "[kernels][dispatch]") {
    for (std::size_t i = 0; i < std::size(kIsaNames); ++i) {
        const auto isa = static_cast<Isa>(i);
        if (!available(isa)) {
            CHECK_THROWS_AS(find_table(isa), Error);
            continue;
        }
        const KernelTable* const table = find_table(isa);
        REQUIRE(table != nullptr);
        CHECK(table->isa == isa);
        CHECK(table == find_table(isa));
        for (const Isa other : {Isa::reference, Isa::xsimd}) {
            if (other != isa) CHECK(table->multiply_panel != find_table(other)->multiply_panel);
        }
    }
    if (available(Isa::avx512)) CHECK(find_table(Isa::avx512)->attention != find_table(Isa::avx2)->attention);
}
