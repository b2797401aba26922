#pragma once

#include <familiar/core/random.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <iomanip>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace familiar::transport {

/// What a Retry-After header asks for (RFC 9110, §10.2.3): seconds, or the time until a date; nothing where it cannot
/// be read. Fractions of a second, which some endpoints send, are accepted. Never negative.
[[nodiscard]] inline std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view header, std::chrono::system_clock::time_point now) {
    using std::chrono::milliseconds;
    constexpr auto longest = milliseconds(std::chrono::hours(24 * 365)); // further ahead is not told apart
    while (!header.empty() && (header.front() == ' ' || header.front() == '\t')) header.remove_prefix(1);
    while (!header.empty() && (header.back() == ' ' || header.back() == '\t')) header.remove_suffix(1);
    if (header.empty()) return std::nullopt;
    double seconds = 0;
    const auto [end, problem] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (end == header.data() + header.size()) {
        if (problem == std::errc::result_out_of_range) return longest;
        if (problem != std::errc() || !(seconds >= 0)) return std::nullopt;
        if (seconds >= std::chrono::duration<double>(longest).count()) return longest;
        return milliseconds(static_cast<long long>(std::ceil(seconds * 1000)));
    }
    std::tm date{};
    std::istringstream stream{std::string(header)};
    stream.imbue(std::locale::classic());
    stream >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S");
    std::string zone;
    if (!stream || !(stream >> zone) || (zone != "GMT" && zone != "UTC")) return std::nullopt;
    const std::time_t at = timegm(&date);
    if (at == std::time_t(-1)) return std::nullopt;
    const double left = std::difftime(at, std::chrono::system_clock::to_time_t(now));
    if (left <= 0) return milliseconds(0);
    return std::min(longest, milliseconds(static_cast<long long>(left) * 1000));
}

/// How long to wait before another try: exponential with full jitter in its upper half, so that many clients that were
/// refused at once do not come back at once.
struct RetrySchedule {
    std::chrono::milliseconds first{500}; ///< longest wait before the second try
    std::chrono::milliseconds most{8000}; ///< longest wait before any try

    /// Wait before try `tried + 1`: in [w/2, w], w = min(first · 2^(tried - 1), most); `tried` >= 1.
    [[nodiscard]] std::chrono::milliseconds wait(std::size_t tried, Random& random) const {
        const double doubled = double(first.count()) * std::pow(2.0, double(std::min<std::size_t>(tried, 32) - 1));
        const double longest = std::min(doubled, double(most.count()));
        return std::chrono::milliseconds(static_cast<long long>(longest * (0.5 + 0.5 * random.uniform())));
    }
};

} // namespace familiar::transport
