#pragma once

#include <familiar/profile/arithmetic.hpp>
#include <familiar/profile/recorder.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::profile {

/// What a machine can do at most with the threads at hand.
struct Limits {
    double flops = 0.0;       ///< FLOP a second
    double bandwidth = 0.0;   ///< bytes a second from memory
    double integer_ops = 0.0; ///< OP a second of 8-bit integers; 0: as `flops`
    double bf16_flops = 0.0;  ///< FLOP a second of bf16 products; 0: as `flops`

    [[nodiscard]] double of(Arithmetic arithmetic) const noexcept {
        const double own = arithmetic == Arithmetic::int8   ? integer_ops
                           : arithmetic == Arithmetic::bf16 ? bf16_flops
                                                            : flops;
        return own > 0.0 ? own : flops;
    }
};

/// All that ran under one name and shape, per pass.
struct ProfileRow {
    std::string_view name;
    std::size_t rows = 0, outputs = 0, inputs = 0; ///< `rows` of all calls together
    std::size_t calls = 0;                         ///< operations, or parts of them that threads took
    double milliseconds = 0.0; ///< busy time of all threads, divided by their number: the rows and `idle` add up
    double share = 0.0;        ///< of the time of a pass
    double flops = 0.0;        ///< FLOP a second; 0 for what has none
    double roofline = 0.0;     ///< the least time that the limits allow, of the time taken; 0 without FLOP
};

struct ProfileSummary {
    std::vector<ProfileRow> rows; ///< the longest first
    double milliseconds = 0.0;    ///< of a pass
    double idle = 0.0;            ///< of which threads waited or shared out work
    double flops = 0.0;           ///< of a pass, FLOP a second
    double roofline = 0.0;        ///< share of the limit of arithmetic over a whole pass
};

/// Adds up what was recorded in `passes` equal passes that took `milliseconds` each. Operations of different layers are
/// one row where name and shape are equal.
inline ProfileSummary summarize(const Recorder& recorder, std::size_t passes, double milliseconds, Limits limits) {
    struct Sum {
        ProfileRow row;
        double rows = 0.0, flop = 0.0, bytes = 0.0;
        double seconds = 0.0; ///< the least that the limits of arithmetic allow
    };
    std::vector<Sum> sums;
    for (const Event& event : recorder.events()) {
        const Operation& o = event.operation;
        // Rows and widths of attention differ from sequence to sequence, and still are one kind of work.
        auto sum = std::find_if(sums.begin(), sums.end(),
                                [&](const Sum& s) { return s.row.name == o.name && s.row.inputs == o.inputs; });
        if (sum == sums.end()) sum = sums.insert(sums.end(), Sum{{o.name, 0, 0, o.inputs}, 0.0, 0.0, 0.0, 0.0});
        sum->row.outputs = std::max(sum->row.outputs, o.outputs);
        sum->rows += static_cast<double>(o.rows) * o.share;
        ++sum->row.calls;
        sum->row.milliseconds += (event.end - event.begin) * 1e-3;
        sum->flop += o.flop;
        sum->bytes += o.bytes;
        const double limit = limits.of(o.arithmetic);
        if (limit > 0.0) sum->seconds += o.flop / limit;
    }
    ProfileSummary summary;
    summary.milliseconds = milliseconds;
    const auto count = static_cast<double>(passes), workers = static_cast<double>(recorder.workers());
    double busy = 0.0, flop = 0.0, arithmetic = 0.0;
    for (Sum& sum : sums) {
        ProfileRow& row = sum.row;
        row.milliseconds /= count * workers;
        row.rows = static_cast<std::size_t>(std::lround(sum.rows / count));
        row.calls = (row.calls + passes - 1) / passes;
        row.share = milliseconds > 0.0 ? row.milliseconds / milliseconds : 0.0;
        const double seconds = row.milliseconds * 1e-3;
        if (sum.flop > 0.0 && seconds > 0.0) {
            row.flops = sum.flop / count / seconds;
            const double from_memory = limits.bandwidth > 0.0 ? sum.bytes / count / limits.bandwidth : 0.0;
            const double least = std::max(sum.seconds / count, from_memory);
            row.roofline = least / seconds;
        }
        busy += row.milliseconds;
        flop += sum.flop / count;
        arithmetic += sum.seconds / count;
        summary.rows.push_back(row);
    }
    std::stable_sort(summary.rows.begin(), summary.rows.end(),
                     [](const ProfileRow& a, const ProfileRow& b) { return a.milliseconds > b.milliseconds; });
    summary.idle = std::max(0.0, milliseconds - busy);
    if (milliseconds > 0.0) {
        summary.flops = flop / (milliseconds * 1e-3);
        summary.roofline = arithmetic / (milliseconds * 1e-3);
    }
    return summary;
}

} // namespace familiar::profile
