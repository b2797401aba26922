#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/finite.hpp>
#include <familiar/weights/gguf_contents.hpp>

#include <fuzz/target.hpp>
#include <unit/weights/model_files.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace familiar::fuzz {

bool refuses_some() {
    return true;
}

std::vector<std::string> seeds() {
    tests::GgufFile every_type;
    for (const auto& [type, number] : {std::pair(tensor::ElementType::f16, 1U),
                                       {tensor::ElementType::q4_0, 2U},
                                       {tensor::ElementType::q5_1, 7U},
                                       {tensor::ElementType::q2_k, 10U},
                                       {tensor::ElementType::q6_k, 14U},
                                       {tensor::ElementType::iq4_xs, 23U}}) {
        const auto block = tensor::block_layout(type);
        every_type.tensor(std::string("t").append(std::to_string(number)), {block.values * 2, 1}, number,
                          std::string(block.bytes * 2, '\x11'));
    }
    return {tests::small_gguf().bytes(), tests::GgufFile().texts("tokens", {"a", "b"}).bytes(), every_type.bytes()};
}

/// Reads the file and touches all that it shows.
void read(std::span<const std::uint8_t> input) {
    const auto contents = weights::read_gguf(std::as_bytes(input), "file");
    for (const auto& view : contents.tensors.tensors()) {
        if (view.bytes.size() > input.size()) throw std::logic_error("a tensor is larger than its file");
        std::vector<float> values(view.size());
        tensor::dequantize(view.type, view.bytes.data(), values.size(), values.data());
        (void)tensor::first_not_finite(view.type, view.bytes);
    }
    std::size_t shown = 0;
    const auto& metadata = contents.metadata;
    for (const auto& value : metadata.values()) {
        if (value.type == weights::GgufType::boolean) continue;
        if (value.type == weights::GgufType::string) {
            if (value.is_array) {
                const auto texts = metadata.find_strings(value.key);
                for (const auto text : *texts) shown += std::string(text).size();
            } else {
                shown += metadata.find_string(value.key)->size();
            }
        } else if (value.type == weights::GgufType::f32 || value.type == weights::GgufType::f64) {
            shown += metadata.find_floats(value.key)->size() * sizeof(float);
        } else if (value.type != weights::GgufType::u64) { // of which some are no signed number
            shown += metadata.find_integers(value.key)->size();
        }
    }
    if (shown > input.size()) throw std::logic_error("the metadata shows more than the file holds");
}

} // namespace familiar::fuzz
