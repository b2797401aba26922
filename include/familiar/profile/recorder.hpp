#pragma once

#include <familiar/profile/operation.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace familiar::profile {

/// An operation, or a thread's part of one, as it ran.
struct Event {
    Operation operation;
    std::size_t worker = 0;
    double begin = 0.0, end = 0.0; ///< microseconds since the recorder was made or cleared
};

/// What ran when. An engine that is given none records nothing and pays one comparison an operation; each worker
/// writes to a list of its own, so that recording needs no lock. Recording allocates.
class Recorder {
  public:
    /// @param workers threads of the pool that the engine runs on
    explicit Recorder(std::size_t workers) : lists_(workers) { clear(); }

    void clear() {
        for (auto& list : lists_) list.events.clear();
        start_ = Clock::now();
    }

    [[nodiscard]] double now() const noexcept {
        return std::chrono::duration<double, std::micro>(Clock::now() - start_).count();
    }

    /// Precondition: worker < workers; one thread at a time for each worker.
    void record(const Operation& operation, std::size_t worker, double begin, double end) {
        lists_[worker].events.push_back({operation, worker, begin, end});
    }

    [[nodiscard]] std::size_t workers() const noexcept { return lists_.size(); }
    /// All events, worker after worker, each in the order of time. Not while an engine runs.
    [[nodiscard]] std::vector<Event> events() const {
        std::vector<Event> all;
        for (const auto& list : lists_) all.insert(all.end(), list.events.begin(), list.events.end());
        return all;
    }

  private:
    using Clock = std::chrono::steady_clock;
    struct alignas(64) List { // a cache line each
        std::vector<Event> events;
    };

    std::vector<List> lists_;
    Clock::time_point start_;
};

/// Runs `body()`; where there is a recorder, with its time, as what `operation()` gives.
template <class Describe, class Body>
void timed(Recorder* recorder, std::size_t worker, const Describe& operation, const Body& body) {
    if (recorder == nullptr) return body();
    const double begin = recorder->now();
    body();
    recorder->record(operation(), worker, begin, recorder->now());
}

} // namespace familiar::profile
