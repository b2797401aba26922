#pragma once

#include <familiar/core/cancellation.hpp>

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <thread>

namespace familiar::transport {

/// Ends requests whose time is up, or whose run is cancelled, from a thread of its own: the HTTP library bounds the
/// wait for the next byte, but a server that sends one byte a second keeps a request alive for ever.
///
/// A connection that is still being made is left to the connect timeout. The thread sleeps while nothing is under way.
class RequestWatchdog {
  public:
    enum class Ended { by_itself, timed_out, cancelled };

    RequestWatchdog() : thread_([this] { watch(); }) {}
    RequestWatchdog(const RequestWatchdog&) = delete;
    RequestWatchdog& operator=(const RequestWatchdog&) = delete;

    ~RequestWatchdog() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

  private:
    using Time = std::chrono::steady_clock::time_point;

    struct Entry {
        httplib::ClientImpl* client;
        Time deadline;
        const Cancellation* cancellation;
        Ended ended = Ended::by_itself;
    };

  public:
    /// Watches one request from its construction to `end()`, or its destruction.
    class Watch {
      public:
        Watch(RequestWatchdog& watchdog, httplib::ClientImpl& client, std::chrono::milliseconds total,
              const Cancellation* cancellation)
            : watchdog_(watchdog) {
            {
                const std::lock_guard lock(watchdog_.mutex_);
                entry_ = watchdog_.entries_.insert(watchdog_.entries_.end(),
                                                   {&client, std::chrono::steady_clock::now() + total, cancellation});
            }
            watchdog_.changed_.notify_all();
        }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        ~Watch() { end(); }

        /// How the request came to its end. The client is not touched by the watchdog any more.
        Ended end() {
            if (watching_) {
                const std::lock_guard lock(watchdog_.mutex_);
                ended_ = entry_->ended;
                // Whatever ended the request, it was over time: the library's own timeout fires at the same moment.
                if (ended_ == Ended::by_itself && std::chrono::steady_clock::now() >= entry_->deadline)
                    ended_ = Ended::timed_out;
                watchdog_.entries_.erase(entry_);
                watching_ = false;
            }
            return ended_;
        }

      private:
        RequestWatchdog& watchdog_;
        std::list<Entry>::iterator entry_;
        bool watching_ = true;
        Ended ended_ = Ended::by_itself;
    };

  private:
    /// How often a cancellation is looked for, and how soon a connection that was just being made is tried again.
    static constexpr auto kSlice = std::chrono::milliseconds(20);

    void watch() {
#if defined(__linux__)
        sigset_t pipe; // saying goodbye to a TLS server that is gone must not end the program
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
#endif
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            if (entries_.empty()) {
                changed_.wait(lock);
                continue;
            }
            const Time now = std::chrono::steady_clock::now();
            Time next = Time::max();
            for (auto& entry : entries_) {
                const bool cancelled = entry.cancellation != nullptr && entry.cancellation->requested();
                if (cancelled || now >= entry.deadline) {
                    if (entry.ended == Ended::by_itself) entry.ended = cancelled ? Ended::cancelled : Ended::timed_out;
                    entry.client->stop(); // again and again: it reaches only a request that is under way by now
                    next = now + kSlice;
                } else {
                    next = std::min(next, entry.cancellation != nullptr ? now + kSlice : entry.deadline);
                }
            }
            changed_.wait_until(lock, next);
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Entry> entries_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace familiar::transport
