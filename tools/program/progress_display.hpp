#pragma once

#include <familiar/core/progress.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace program {

/// Progress on standard error: a bar with rate and time left on a terminal, a line now and then elsewhere.
class ProgressDisplay {
  public:
    explicit ProgressDisplay(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    ~ProgressDisplay() { end_line(); }

    /// Ends the bar, so that messages begin on a line of their own.
    void finish() { end_line(); }

    [[nodiscard]] familiar::ProgressSink sink() {
        return [this](const familiar::ProgressEvent& event) { show(event); };
    }

    void show(const familiar::ProgressEvent& event) {
        if (quiet_ || event.total == 0) return;
        const auto now = Clock::now();
        if (event.stage != stage_ || event.done < done_) begin(event, now);
        done_ = event.done;
        const bool last = event.done == event.total;
        if (!last && now - shown_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10))) return;
        if (last && finished_) return;
        finished_ = last;
        shown_ = now;
        print(event, std::chrono::duration<double>(now - start_).count());
        if (last) end_line();
    }

  private:
    using Clock = std::chrono::steady_clock;

    void begin(const familiar::ProgressEvent& event, Clock::time_point now) {
        end_line();
        stage_ = event.stage;
        start_ = now;
        shown_ = now;
        first_ = event.done;
        finished_ = false;
    }

    void print(const familiar::ProgressEvent& event, double seconds) {
        constexpr std::size_t width = 30;
        const double share = static_cast<double>(event.done) / static_cast<double>(event.total);
        const double rate = seconds > 0 ? static_cast<double>(event.done - first_) / seconds : 0.0;
        const double left = rate > 0 ? static_cast<double>(event.total - event.done) / rate : 0.0;
        char figures[128];
        std::snprintf(figures, sizeof figures, "%zu/%zu  %.1f/s  %s %s", event.done, event.total, rate,
                      clock_time(event.done == event.total ? seconds : left).c_str(),
                      event.done == event.total ? "in all" : "left");
        std::string line = std::string(event.stage) + "  ";
        if (terminal_) {
            const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
            line += "[" + std::string(full, '#') + std::string(width - full, '.') + "]  ";
        }
        line += figures;
        if (terminal_) {
            std::cerr << '\r' << line << "\x1b[K" << std::flush;
            open_ = true;
        } else {
            std::cerr << line << '\n';
        }
    }

    void end_line() {
        if (open_) std::cerr << '\n';
        open_ = false;
    }

    static std::string clock_time(double seconds) {
        const auto whole = static_cast<long>(seconds + 0.5);
        char text[32];
        std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
        return text;
    }

    bool quiet_, terminal_, open_ = false, finished_ = false;
    std::string stage_;
    std::size_t done_ = 0, first_ = 0;
    Clock::time_point start_{}, shown_{};
};

} // namespace program
