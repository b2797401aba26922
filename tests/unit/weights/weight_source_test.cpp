#include <familiar/weights/weight_source.hpp>

#include <familiar/weights/gguf.hpp>
#include <familiar/weights/load.hpp>
#include <familiar/weights/safetensors.hpp>

#include <laws/weight_source_laws.hpp>
#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using weights::TensorView;

namespace {

/// The smallest source that a user might write.
struct OneTensor {
    TensorView view;

    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const {
        return name == view.name ? std::optional(view) : std::nullopt;
    }
    [[nodiscard]] std::span<const TensorView> tensors() const { return {&view, 1}; }
    [[nodiscard]] std::string path() const { return "memory"; }
};

} // namespace

TEST_CASE("The laws of weight sources hold for both file formats and a user's own source") {
    const tests::ScratchFolder folder;
    laws::check_weight_source_laws(
        weights::Safetensors::open(folder.write("m.safetensors", tests::small_safetensors())));
    laws::check_weight_source_laws(weights::Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes())));
    const float values[6]{0, 1, 2, 3, 4, 5};
    OneTensor one;
    one.view.name = "w";
    one.view.dimensions = 2;
    one.view.shape = {2, 3, 0, 0};
    one.view.bytes = std::as_bytes(std::span(values));
    const auto same = laws::check_weight_source_laws(one);
    CHECK(weights::require_floats(same, "w", {2, 3}) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK_THROWS_AS(weights::require(same, "gone"), Error);
}
