// Encodes every line of a file once with a tokenizer that was just opened, in one thread, and writes how long it took
// and a hash of the ids: `encode_lines MODEL LINES`.
#include <familiar/core/error.hpp>
#include <familiar/text/open_tokenizer.hpp>

#include <ctime>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

/// Processor time of this thread: other programs disturb it less than the clock on the wall.
double seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    std::vector<std::string> lines;
    std::ifstream file(arguments[2], std::ios::binary);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    try {
        const auto tokenizer = familiar::text::open_tokenizer(arguments[1]);
        std::vector<std::int32_t> ids, all;
        const double start = seconds();
        for (const std::string& line : lines) {
            tokenizer.encode_ids(line, {}, ids);
            all.insert(all.end(), ids.begin(), ids.end());
            all.push_back(-1);
        }
        const double taken = seconds() - start;
        std::uint64_t hash = 0xCBF29CE484222325U; // FNV-1a, an id at a time
        for (const std::int32_t id : all) hash = (hash ^ static_cast<std::uint32_t>(id)) * 0x100000001B3U;
        std::printf("%.9f %016llx\n", taken, static_cast<unsigned long long>(hash));
    } catch (const familiar::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
