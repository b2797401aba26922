#pragma once

#include <familiar/weights/weight_source.hpp>

#include <catch2/catch.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::laws {

/// The laws of `WeightSource`: every tensor that is listed is found under its name, with the same bytes; a name that is
/// not listed gives nothing; the bytes are those of type and shape; views outlast a move of the source.
///
/// @param source by value, moved on and returned; one that keeps its tensors in itself and not on the heap breaks the
/// last
///               law
template <weights::WeightSource S> S check_weight_source_laws(S source) {
    CHECK_FALSE(std::string(source.path()).empty());
    const std::span<const weights::TensorView> listed = source.tensors();
    const std::vector<weights::TensorView> views(listed.begin(), listed.end());
    S moved = std::move(source);
    for (const auto& view : views) {
        INFO(view.name);
        const auto found = moved.find(view.name);
        REQUIRE(found);
        CHECK(found->name == view.name);
        CHECK(found->bytes.size() == view.bytes.size());
        if (!view.bytes.empty()) CHECK(found->bytes.data() == view.bytes.data());
        CHECK_FALSE(moved.find(std::string(view.name) + "?"));
        const auto block = tensor::block_layout(view.type);
        REQUIRE(view.dimensions <= view.shape.size());
        CHECK(view.size() % block.values == 0);
        CHECK(view.bytes.size() == view.size() / block.values * block.bytes);
    }
    CHECK(std::span<const weights::TensorView>(moved.tensors()).size() == views.size());
    return moved;
}

} // namespace familiar::laws
