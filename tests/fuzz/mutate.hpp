#pragma once

#include <familiar/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Spoils valid files in the ways that files are spoilt: bits flip, ends are missing, parts stand in the wrong place,
/// numbers lie.
namespace familiar::fuzz {

namespace detail {

/// Numbers that reach the edges of checks.
inline std::uint64_t telling_number(Random& random) {
    constexpr std::uint64_t kNumbers[] = {0,
                                          1,
                                          7,
                                          0x7f,
                                          0x80,
                                          0xff,
                                          0x7fff,
                                          0xffff,
                                          0x7fffffff,
                                          0x80000000,
                                          0xffffffff,
                                          std::uint64_t{1} << 32,
                                          std::uint64_t{1} << 60,
                                          std::uint64_t{1} << 63,
                                          ~std::uint64_t{0} - 31,
                                          ~std::uint64_t{0}};
    return kNumbers[random.below(std::size(kNumbers))] + random.below(3) - 1;
}

struct Part {
    std::size_t begin = 0, size = 0;
};

/// A part of `text`, more often short than long; may be empty.
inline Part part(const std::string& text, Random& random) {
    const std::size_t begin = random.below(text.size() + 1);
    const std::size_t longest = std::min<std::size_t>(text.size() - begin, std::size_t{1} << random.below(10));
    return {begin, static_cast<std::size_t>(random.below(longest + 1))};
}

inline void spoil_once(std::string& text, std::span<const std::string> seeds, Random& random) {
    const auto at = [&] { return static_cast<std::size_t>(random.below(text.size())); };
    switch (random.below(text.empty() ? 1 : 9)) {
    case 0: { // put a part of another valid file in
        const auto& other = seeds[random.below(seeds.size())];
        const auto taken = part(other, random);
        text.insert(random.below(text.size() + 1), other, taken.begin, taken.size);
        break;
    }
    case 1: {
        const auto place = at();
        text[place] = static_cast<char>(static_cast<unsigned char>(text[place]) ^ (1U << random.below(8)));
        break;
    }
    case 2:
        text[at()] = static_cast<char>(random.below(256));
        break;
    case 3: // cut
        text.resize(at());
        break;
    case 4: { // leave a part out
        const auto gone = part(text, random);
        text.erase(gone.begin, gone.size);
        break;
    }
    case 5: { // say a part twice
        const auto taken = part(text, random);
        text.insert(random.below(text.size() + 1), text.substr(taken.begin, taken.size));
        break;
    }
    case 6: { // a binary number that lies
        const auto number = telling_number(random);
        const std::size_t width = std::size_t{1} << random.below(4), place = at();
        for (std::size_t i = 0; i < width && place + i < text.size(); ++i) {
            text[place + i] = static_cast<char>(number >> 8 * i & 0xff);
        }
        break;
    }
    case 7: { // a number in text that lies
        auto digits = part(text, random);
        digits.begin = std::min(text.find_first_of("0123456789", digits.begin), text.size());
        digits.size = std::min(text.find_first_not_of("0123456789", digits.begin), text.size()) - digits.begin;
        text.replace(digits.begin, digits.size, std::to_string(telling_number(random)));
        break;
    }
    default: { // brackets: what nests
        constexpr std::string_view kMarks = "[]{}\",:<>|\\";
        text.insert(at(), std::size_t{1} << random.below(8), kMarks[random.below(kMarks.size())]);
        break;
    }
    }
}

} // namespace detail

/// One of `seeds` (valid files, at least one), spoilt in one to six places. Grows by no more than a few kilobytes.
inline std::string mutate(std::span<const std::string> seeds, Random& random) {
    std::string text = seeds[random.below(seeds.size())];
    for (auto times = 1 + random.below(6); times > 0; --times) detail::spoil_once(text, seeds, random);
    return text;
}

} // namespace familiar::fuzz
