#include <familiar/encoder/any_encoder.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

namespace {

struct LengthEncoder {
    std::shared_ptr<int> calls = std::make_shared<int>(0);
    [[nodiscard]] std::size_t dimension() const { return 2; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        ++*calls;
        for (std::size_t i = 0; i < examples.size(); ++i) {
            out.row(i)[0] = static_cast<float>(examples[i].text.size());
            out.row(i)[1] = 1.0F;
        }
    }
    [[nodiscard]] std::string identity() const { return "length"; }
};

} // namespace

TEST_CASE("An erased encoder embeds as the encoder does, and copies share it") {
    const LengthEncoder plain;
    encoder::AnyEncoder first{plain}, second = first;
    std::vector<Example> examples(2);
    examples[1].text = "abc";
    std::vector<float> values(4);
    first.embed(examples, {values.data(), 2, 2});
    CHECK(values == std::vector<float>{0, 1, 3, 1});
    second.embed(examples, {values.data(), 2, 2});
    CHECK(*plain.calls == 2);
    CHECK(second.dimension() == 2);
    CHECK(second.identity() == "length");
}
