#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace familiar::encoder {

/// The bucket of a distance (key position − query position) among `buckets`, half of them for keys to either side: the
/// nearest quarter have one each, those up to 128 share the rest on a logarithmic scale. Raffel et al., arXiv
/// 1910.10683, §2.1. In f32, as the published weights were trained: a rounding that lies on the edge of a bucket
/// counts.
[[nodiscard]] inline std::size_t bucket_of_distance(std::ptrdiff_t distance, std::size_t buckets) noexcept {
    constexpr double kFarthest = 128.0;
    const std::size_t half = buckets / 2, exact = half / 2;
    const std::size_t side = distance > 0 ? half : 0;
    const auto far = static_cast<std::size_t>(distance < 0 ? -distance : distance);
    if (far < exact) return side + far;
    const auto edge = static_cast<float>(exact);
    const float share =
        std::log(static_cast<float>(far) / edge) / static_cast<float>(std::log(kFarthest / static_cast<double>(exact)));
    const auto more = static_cast<std::size_t>(std::max(0.0F, share * static_cast<float>(half - exact)));
    return side + std::min(exact + more, half - 1);
}

/// Where a distance (query position − key position) stands among the `span` vectors to either side, from -span on:
/// within half of `buckets` itself, beyond on a logarithmic scale that ends at `farthest`; itself where `buckets` is 0.
/// He et al., arXiv 2111.09543, as their code rounds it (f32).
[[nodiscard]] inline std::ptrdiff_t log_bucket_of_distance(std::ptrdiff_t distance, std::size_t buckets,
                                                           std::size_t farthest) noexcept {
    const auto middle = static_cast<std::ptrdiff_t>(buckets / 2);
    const std::ptrdiff_t far = distance < 0 ? -distance : distance;
    if (buckets == 0 || far <= middle) return distance;
    const auto edge = static_cast<float>(middle);
    const float whole =
        std::log(static_cast<float>((static_cast<double>(farthest) - 1.0) / static_cast<double>(middle)));
    const float share = std::log(static_cast<float>(far) / edge) / whole * static_cast<float>(middle - 1);
    const auto bucket = static_cast<std::ptrdiff_t>(std::ceil(share)) + middle;
    return distance < 0 ? -bucket : bucket;
}

} // namespace familiar::encoder
