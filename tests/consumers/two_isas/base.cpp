#include <familiar/core/random.hpp>

std::uint64_t native_draw();

int main() {
    return familiar::Random(5)() == native_draw() ? 0 : 1;
}
