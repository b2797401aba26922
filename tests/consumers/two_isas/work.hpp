#pragma once

#include <familiar/familiar.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/kernels/xsimd.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <typeinfo>

/// What either unit computes, by functions that both compile from the same headers with different flags.
struct Work {
    std::string portable_type; ///< name of the type that this unit knows as Xsimd
    std::uint64_t drawn = 0;
    std::array<float, 100> reference{}, portable{}, dispatched{};
};

/// Static, so that each unit has one of its own; what it calls is what may be shared.
[[maybe_unused]] static Work do_work() {
    Work work;
    work.portable_type = typeid(familiar::kernels::Xsimd).name();
    familiar::Random random(5);
    work.drawn = random();
    std::array<float, 100> values{};
    for (float& value : values) value = static_cast<float>(random() % 1000) / 100.0F;
    familiar::kernels::Reference{}.softmax(values.data(), values.size(), work.reference.data());
    familiar::kernels::Xsimd{}.softmax(values.data(), values.size(), work.portable.data());
    familiar::kernels::Dispatched{}.softmax(values.data(), values.size(), work.dispatched.data());
    return work;
}
