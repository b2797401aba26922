#include <familiar/kernels/xsimd.hpp>

#include "backends.hpp"
#include "laws/kernel_laws.hpp"

#include <atomic>
#include <cstdint>

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
        Reference::layer_norm, Reference::multiply_add, Reference::multiply_bfloats, Reference::multiply_bytes,
        Reference::multiply_halves, Reference::multiply_interleaved, Reference::multiply_panel, Reference::name,
        Reference::quantize_row, Reference::quantize_whole_row, Reference::rms_norm, Reference::rotate_halves,
        Reference::rotate_pairs, Reference::round_row, Reference::softmax, Reference::unpack_panel;
};

} // namespace

namespace {

// The custom backend of the concept page.
struct CountingKernels : familiar::kernels::Dispatched { // every operation is inherited …
    void multiply_panel(familiar::tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                        const familiar::kernels::Epilogue& epilogue,
                        familiar::tensor::MatrixView<float> c) const noexcept { // … but this one also counts
        multiplications->fetch_add(a.rows * a.columns * outputs, std::memory_order_relaxed);
        Dispatched::multiply_panel(a, panel, outputs, epilogue, c);
    }
    std::atomic<std::uint64_t>* multiplications = nullptr;
};
static_assert(familiar::kernels::KernelBackend<CountingKernels>);

} // namespace

TEST_CASE("a backend of one's own may replace a single operation", "[kernels]") {
    std::atomic<std::uint64_t> count{0};
    CountingKernels backend;
    backend.multiplications = &count;
    const auto a = tests::random_values(3 * 5, 1), panel = tests::random_values(5 * tensor::kPanelWidth, 2);
    std::vector<float> ours(3 * 7), theirs(3 * 7);
    backend.multiply_panel({a.data(), 3, 5}, panel.data(), 7, {}, {ours.data(), 3, 7});
    Dispatched().multiply_panel({a.data(), 3, 5}, panel.data(), 7, {}, {theirs.data(), 3, 7});
    CHECK(count == 3 * 5 * 7);
    CHECK(tests::same_bits(ours, theirs));
}

TEST_CASE("a set of kernels with one missing is no backend", "[kernels]") {
    STATIC_REQUIRE(KernelBackend<Reference>);
    STATIC_REQUIRE(KernelBackend<Xsimd>);
    STATIC_REQUIRE(KernelBackend<Dispatched>);
    STATIC_REQUIRE_FALSE(KernelBackend<WithoutAttention>);
    STATIC_REQUIRE(MultipliesPanels<WithoutAttention>);
    STATIC_REQUIRE(MultipliesIntegers<WithoutAttention>);
    STATIC_REQUIRE_FALSE(Attends<WithoutAttention>);
    STATIC_REQUIRE(sizeof(Dispatched) == sizeof(void*));
}
