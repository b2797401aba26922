#include <familiar/core/random.hpp>

std::uint64_t native_draw();
std::uint64_t native_draw() {
    return familiar::Random(5)();
}
