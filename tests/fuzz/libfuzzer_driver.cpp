#include <familiar/core/error.hpp>

#include <fuzz/target.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        familiar::fuzz::read({data, size});
    } catch (const familiar::Error&) {
        return 0;
    }
    return 0;
}

/// With FAMILIAR_FUZZ_SEEDS set to a folder, the target's seeds are written there to begin a corpus.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    if (const char* const folder = std::getenv("FAMILIAR_FUZZ_SEEDS"); folder != nullptr && *folder != '\0') {
        std::filesystem::create_directories(folder);
        std::size_t number = 0;
        for (const auto& seed : familiar::fuzz::seeds()) {
            std::ofstream(std::filesystem::path(folder) / ("seed" + std::to_string(number++)), std::ios::binary)
                << seed;
        }
    }
    return 0;
}
