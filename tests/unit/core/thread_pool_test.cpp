#include <familiar/core/thread_pool.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

using familiar::ThreadPool;

TEST_CASE("every task runs exactly once, whatever the number of threads", "[thread_pool]") {
    for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
        ThreadPool pool(threads);
        CHECK(pool.size() == threads);
        for (const std::size_t tasks : {0U, 1U, 2U, 7U, 1000U}) {
            std::vector<std::atomic<int>> runs(tasks);
            pool.run(tasks, [&](std::size_t task, std::size_t worker) {
                if (worker >= pool.size()) throw std::logic_error("a worker out of range");
                ++runs[task];
            });
            for (const auto& count : runs) REQUIRE(count == 1);
        }
    }
}

TEST_CASE("an exception of a task reaches the caller, and the pool works on", "[thread_pool]") {
    ThreadPool pool(3);
    for (int round = 0; round < 20; ++round) {
        CHECK_THROWS_AS(pool.run(50,
                                 [](std::size_t task, std::size_t) {
                                     if (task == 13) throw std::runtime_error("thirteen");
                                 }),
                        std::runtime_error);
        std::atomic<std::size_t> sum{0};
        pool.run(50, [&](std::size_t task, std::size_t) { sum += task; });
        CHECK(sum == 49 * 50 / 2);
    }
}

TEST_CASE("a loop inside a loop runs in the calling thread, under its worker's number", "[thread_pool]") {
    ThreadPool pool(2);
    std::atomic<int> inner{0};
    std::atomic<bool> same{true};
    pool.run(8, [&](std::size_t, std::size_t worker) {
        const auto id = std::this_thread::get_id();
        pool.run(5, [&](std::size_t, std::size_t inner_worker) {
            ++inner;
            if (inner_worker != worker || std::this_thread::get_id() != id) same = false;
        });
    });
    CHECK(inner == 40);
    CHECK(same);
}

TEST_CASE("two threads may use one pool: their loops take turns", "[thread_pool]") {
    ThreadPool pool(2);
    std::atomic<std::size_t> sum{0};
    const auto work = [&] {
        for (int i = 0; i < 100; ++i) pool.run(10, [&](std::size_t task, std::size_t) { sum += task; });
    };
    std::thread other(work);
    work();
    other.join();
    CHECK(sum == 2 * 100 * 45);
}

TEST_CASE("loops close upon one another and loops after a pause lose no task", "[thread_pool]") {
    const std::size_t cores = ThreadPool::available_threads();
    for (const std::size_t threads : {std::size_t{2}, cores, cores + 3}) { // that look for work, and that sleep
        ThreadPool pool(threads);
        std::size_t plain = 0; // written in each loop by whoever runs the last task: needs the loop's end to be ordered
        for (std::size_t loop = 0; loop < 3000; ++loop) {
            std::size_t last = 0;
            pool.run(3, [&](std::size_t task, std::size_t) {
                if (task == 2) last = loop + 1;
            });
            REQUIRE(last == loop + 1);
            plain += last;
            if (loop % 500 == 499) std::this_thread::sleep_for(std::chrono::milliseconds(2)); // workers fall asleep
        }
        CHECK(plain == 3000 * 3001 / 2);
    }
}

TEST_CASE("the caller waits for a worker that still runs a task", "[thread_pool]") {
    ThreadPool pool(2);
    for (int loop = 0; loop < 20; ++loop) {
        std::atomic<int> begun{0}, ended{0};
        pool.run(2, [&](std::size_t, std::size_t) {
            ++begun;
            while (begun != 2) std::this_thread::yield(); // both threads are in a task
            std::this_thread::sleep_for(std::chrono::microseconds(loop * 20));
            ++ended;
        });
        CHECK(ended == 2);
    }
}

TEST_CASE("a pool may end while its threads look for work or sleep", "[thread_pool]") {
    for (int i = 0; i < 50; ++i) {
        ThreadPool pool(2);
        std::atomic<int> runs{0};
        if (i % 2 == 0) pool.run(4, [&](std::size_t, std::size_t) { ++runs; });
        CHECK(runs == (i % 2 == 0 ? 4 : 0));
    }
}

TEST_CASE("a loop of a small pool within one of a large pool knows its own threads' numbers", "[thread_pool]") {
    ThreadPool large(6), small(2);
    std::atomic<std::size_t> wrong{0}, runs{0}, inner_runs{0};
    large.run(60, [&](std::size_t, std::size_t outer) {
        small.run(4, [&](std::size_t, std::size_t worker) {
            ++runs;
            if (worker >= small.size()) ++wrong;
        });
        small.run(1, [&](std::size_t, std::size_t) { // a loop of the large pool around, in whatever thread this is
            large.run(2, [&](std::size_t, std::size_t again) {
                ++inner_runs;
                if (again != outer) ++wrong;
            });
        });
    });
    CHECK(wrong == 0);
    CHECK(runs == 240);
    CHECK(inner_runs == 120);
}

TEST_CASE("tasks run without a pool too, in order, in the calling thread", "[thread_pool]") {
    std::vector<std::size_t> tasks;
    familiar::run_tasks(nullptr, 5, [&](std::size_t task, std::size_t worker) {
        CHECK(worker == 0);
        tasks.push_back(task);
    });
    CHECK(tasks == std::vector<std::size_t>{0, 1, 2, 3, 4});
    ThreadPool pool(3);
    std::atomic<std::size_t> sum{0};
    familiar::run_tasks(&pool, 100, [&](std::size_t task, std::size_t worker) {
        if (worker < pool.size()) sum += task;
    });
    CHECK(sum == 4950);
}
