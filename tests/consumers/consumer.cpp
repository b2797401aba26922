// What a user's first program does: includes, links, computes.
#include <familiar/core/random.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/core/version.hpp>

#include <atomic>
#include <cstdio>

int main() {
    familiar::ThreadPool pool(2);
    std::atomic<int> sum{0};
    pool.run(10, [&](std::size_t task, std::size_t) { sum += static_cast<int>(task); });
    std::printf("familiar %s, %d\n", familiar::kVersion, sum.load());
    return sum == 45 && familiar::Random(1)() == familiar::Random(1)() ? 0 : 1;
}
