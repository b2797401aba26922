#include <familiar/weights/weight_source.hpp>

#include <familiar/weights/gguf.hpp>
#include <familiar/weights/safetensors.hpp>

#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using weights::TensorView;
using weights::WeightSource;

namespace {

/// What must hold of every model of WeightSource that is given as `source`.
template <WeightSource S> void check_laws(const S& source) {
    for (const TensorView& tensor : source.tensors()) {
        INFO(tensor.name);
        const auto found = source.find(tensor.name);
        REQUIRE(found);
        CHECK(found->bytes.data() == tensor.bytes.data());
        const auto block = tensor::block_layout(tensor.type);
        CHECK(tensor.size() % block.values == 0);
        CHECK(tensor.bytes.size() == tensor.size() / block.values * block.bytes);
        CHECK(tensor.dimensions <= tensor.shape.size());
        CHECK_FALSE(source.find(std::string(tensor.name) + "?"));
    }
    CHECK_FALSE(std::string(source.path()).empty());
}

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

TEST_CASE("Every weight source finds what it lists, and whole tensors") {
    const tests::Folder folder;
    check_laws(weights::Safetensors::open(folder.write("m.safetensors", tests::small_safetensors())));
    check_laws(weights::Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes())));
    const float values[6]{};
    OneTensor one;
    one.view.name = "w";
    one.view.dimensions = 2;
    one.view.shape = {2, 3, 0, 0};
    one.view.bytes = std::as_bytes(std::span(values));
    check_laws(one);
}
