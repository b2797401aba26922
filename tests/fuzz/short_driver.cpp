#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>

#include <fuzz/mutate.hpp>
#include <fuzz/target.hpp>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Spoils the seeds of a target a fixed number of times, always in the same ways, and requires success or an Error with
/// a message. `NAME [ITERATIONS]`, or `NAME --file PATH` for one input.
namespace {

enum class Outcome { read, refused };

Outcome attempt(std::string_view input) {
    // Memory of just this size, so that a sanitizer sees the first byte read beyond it.
    const std::vector<std::uint8_t> exact(input.begin(), input.end());
    try {
        familiar::fuzz::read(exact);
        return Outcome::read;
    } catch (const familiar::Error& error) {
        if (std::string_view(error.what()).empty()) throw std::logic_error("an error without a message");
        return Outcome::refused;
    }
}

int one_file(const char* path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::cout << (attempt(bytes) == Outcome::read ? "read\n" : "refused\n");
    return 0;
}

int all(std::size_t iterations) {
    const auto seeds = familiar::fuzz::seeds();
    if (seeds.empty()) {
        std::cerr << "the target has no seeds\n";
        return 1;
    }
    for (const auto& seed : seeds) {
        if (attempt(seed) != Outcome::read) {
            std::cerr << "a valid seed was refused\n";
            return 1;
        }
    }
    std::size_t refused = 0;
    for (std::size_t i = 0; i < iterations; ++i) {
        familiar::Random random(i, "fuzz"); // of its own each time: any one can be tried alone
        const auto input = familiar::fuzz::mutate(seeds, random);
        try {
            refused += attempt(input) == Outcome::refused ? 1 : 0;
        } catch (const std::exception& other) {
            std::ofstream("fuzz-finding.bin", std::ios::binary) << input;
            std::cerr << "iteration " << i << ": " << other.what() << " (the input is in fuzz-finding.bin)\n";
            return 1;
        }
    }
    std::cout << iterations << " inputs, " << refused << " refused, " << iterations - refused << " read\n";
    return familiar::fuzz::refuses_some() == (refused != 0) ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
    if (count == 3 && std::string_view(arguments[1]) == "--file") return one_file(arguments[2]);
    return all(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 5000);
}
