#include <familiar/tensor/element_type.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace familiar::tensor;

TEST_CASE("Every type has a name of its own and a block of its own bytes") {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ElementType::iq4_xs); ++i) {
        const auto type = static_cast<ElementType>(i);
        names.insert(to_string(type));
        CHECK(block_layout(type).bytes > 0);
        CHECK(block_layout(type).values > 0);
    }
    CHECK(names.size() == 22);
}

TEST_CASE("Names and bits a value are those of the published formats") {
    // bits a value as the llama.cpp documentation lists them
    for (const auto& [type, name, bits] : {std::tuple(ElementType::q4_0, "Q4_0", 4.5),
                                           {ElementType::q4_1, "Q4_1", 5.0},
                                           {ElementType::q5_0, "Q5_0", 5.5},
                                           {ElementType::q5_1, "Q5_1", 6.0},
                                           {ElementType::q8_0, "Q8_0", 8.5},
                                           {ElementType::q2_k, "Q2_K", 2.625},
                                           {ElementType::q3_k, "Q3_K", 3.4375},
                                           {ElementType::q4_k, "Q4_K", 4.5},
                                           {ElementType::q5_k, "Q5_K", 5.5},
                                           {ElementType::q6_k, "Q6_K", 6.5625},
                                           {ElementType::iq4_nl, "IQ4_NL", 4.5},
                                           {ElementType::iq4_xs, "IQ4_XS", 4.25},
                                           {ElementType::f32, "F32", 32.0},
                                           {ElementType::f16, "F16", 16.0},
                                           {ElementType::bf16, "BF16", 16.0}}) {
        CHECK(to_string(type) == name);
        const auto [values, bytes] = block_layout(type);
        CHECK(8.0 * static_cast<double>(bytes) / static_cast<double>(values) == bits);
    }
}

TEST_CASE("A row of a stored matrix is whole blocks") {
    CHECK(StoredMatrix{ElementType::q6_k, nullptr, 3, 512}.row_bytes() == 420);
    CHECK(StoredMatrix{ElementType::f32, nullptr, 3, 7}.row_bytes() == 28);
    CHECK(StoredMatrix{ElementType::q4_1, nullptr, 1, 64}.row_bytes() == 40);
}
