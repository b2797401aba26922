#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar {

/// A fixed number of threads, the caller's own among them, that share the tasks of one loop at a time.
///
/// Tasks are taken in order, one at a time, so that results may depend on a task's number but never on the number of
/// threads. Between two loops the threads look for the next one for some 50 µs before they sleep, since to wake them
/// costs as much as a small loop; not so where they are more than the cores that the process may use. A loop inside a
/// loop of the same pool runs in the calling thread, under that thread's number; pools may call each other. Calls from
/// several threads are served one after another, but for loops of a single task, which run at once where they are.
class ThreadPool {
  public:
    /// @param threads at least 1; 0 means all that the process may use
    explicit ThreadPool(std::size_t threads = 0) {
        const std::size_t cores = available_threads(), count = threads != 0 ? threads : cores;
        looks_ = count <= cores ? kLooks : 0;
        workers_.reserve(count - 1);
        for (std::size_t i = 1; i < count; ++i) {
            workers_.emplace_back([this, i] { work(i); });
        }
    }

    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    ~ThreadPool() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            ++epoch_;
        }
        wake_.notify_all();
        for (auto& worker : workers_) worker.join();
    }

    [[nodiscard]] std::size_t size() const noexcept { return workers_.size() + 1; }

    /// Cores that this process may use (its affinity mask where the system has one).
    static std::size_t available_threads() noexcept;

    /// Calls `body(task, worker)` for every task in [0, tasks); `worker` in [0, size()) names the thread, for scratch
    /// memory. Returns when all are done; the first exception thrown by a task is thrown again here.
    template <class Body> void run(std::size_t tasks, Body&& body) {
        if (tasks == 0) return;
        const Place* const outer = place_here();
        if (workers_.empty() || tasks == 1 || outer != nullptr) {
            const std::size_t worker = outer != nullptr ? outer->worker : 0;
            for (std::size_t task = 0; task < tasks; ++task) body(task, worker);
            return;
        }
        const std::lock_guard turn(turn_);
        auto* const context = const_cast<void*>(static_cast<const void*>(std::addressof(body)));
        const auto call = [](void* c, std::size_t task, std::size_t worker) {
            (*static_cast<std::remove_reference_t<Body>*>(c))(task, worker);
        };
        {
            const std::lock_guard lock(mutex_);
            call_ = call;
            context_ = context;
            tasks_ = tasks;
            next_.store(0, std::memory_order_relaxed);
            failure_ = nullptr;
            open_ = true;
            ++epoch_;
        }
        wake_.notify_all();
        take_tasks(0);
        {
            const std::lock_guard lock(mutex_);
            open_ = false; // no task is left: who comes now has come too late, and is not waited for
        }
        look_for([this] { return busy_ == 0; });
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return busy_ == 0; });
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

  private:
    /// Some 50 µs where a pause takes 140 cycles, 10 to 20 µs where it takes 40.
    static constexpr std::size_t kLooks = 1000;

    using Call = void (*)(void*, std::size_t, std::size_t);

    /// A loop that this thread is in: which pool's, and under which number; loops of other pools may be around it.
    struct Place {
        const ThreadPool* pool;
        std::size_t worker;
        const Place* around;
    };

    static const Place*& innermost() noexcept {
        thread_local const Place* place = nullptr;
        return place;
    }

    /// This thread's place in a loop of this pool, or null.
    const Place* place_here() const noexcept {
        const Place* place = innermost();
        while (place != nullptr && place->pool != this) place = place->around;
        return place;
    }

    void take_tasks(std::size_t worker) {
        const Place place{this, worker, innermost()};
        innermost() = &place;
        try {
            for (std::size_t task = next_.fetch_add(1); task < tasks_; task = next_.fetch_add(1)) {
                call_(context_, task, worker);
            }
        } catch (...) {
            next_.store(tasks_); // nobody takes another task
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
        }
        innermost() = place.around;
    }

    /// Looks for a while whether `there()`, without the lock; who finds it true reads what it stands for under the
    /// lock.
    template <class There> void look_for(const There& there) const {
        for (std::size_t look = 0; look < looks_ && !there(); ++look) pause();
    }

    static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    void work(std::size_t worker) {
        std::size_t seen = 0;
        for (;;) {
            look_for([&] { return epoch_ != seen; });
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return stopping_ || epoch_ != seen; });
                if (stopping_) return;
                seen = epoch_;
                if (!open_) continue;
                ++busy_;
            }
            take_tasks(worker);
            const std::lock_guard lock(mutex_);
            if (--busy_ == 0) done_.notify_one();
        }
    }

    std::vector<std::thread> workers_;
    std::mutex turn_, mutex_;
    std::condition_variable wake_, done_;
    Call call_ = nullptr;
    void* context_ = nullptr;
    std::size_t tasks_ = 0, looks_ = 0;
    std::atomic<std::size_t> next_{0};
    std::atomic<std::size_t> busy_{0}, epoch_{0}; ///< workers in the loop; loops so far. Changed under the mutex only
    std::exception_ptr failure_;
    bool open_ = false, stopping_ = false;
};

/// Calls `body(task, worker)` for every task in [0, tasks): by the pool's threads, or one after another in the calling
/// thread, as worker 0, where there is none.
template <class Body> void run_tasks(ThreadPool* pool, std::size_t tasks, Body&& body) {
    if (pool != nullptr) {
        pool->run(tasks, body);
    } else {
        for (std::size_t task = 0; task < tasks; ++task) body(task, std::size_t{0});
    }
}

} // namespace familiar

#if defined(__linux__)
#include <sched.h>
#endif

inline std::size_t familiar::ThreadPool::available_threads() noexcept {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        const int count = CPU_COUNT(&set);
        if (count > 0) return static_cast<std::size_t>(count);
    }
#endif
    const unsigned count = std::thread::hardware_concurrency();
    return count != 0 ? count : 1;
}
