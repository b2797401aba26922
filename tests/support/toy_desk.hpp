#pragma once

#include <familiar/grimoire/writing_desk.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace familiar::tests {

/// A task of two labels, forty rows and a desk that takes the first rows of a pool; LLMs are for the test to script.
struct ToyDesk {
    ToyDesk() {
        task.name = "toy";
        task.description = "Say whether it goes up or down.";
        task.labels = {"up", "down"};
        task.fields = {{"text", "Text"}};
        for (int i = 0; i < 40; ++i) {
            train.push_back(
                {"\"t" + std::to_string(i) + "\"", "row number " + std::to_string(i), {}, i % 2 == 0 ? "up" : "down"});
        }
        desk.task = &task;
        desk.train = train;
        desk.samples = 3;
        desk.select = [](std::span<const Example> pool, std::size_t count, std::uint64_t) {
            std::vector<std::size_t> first(std::min(count, pool.size()));
            std::iota(first.begin(), first.end(), std::size_t{0});
            return first;
        };
        desk.group = [](std::span<const Example> pool, std::size_t kinds, std::uint64_t) {
            std::vector<std::size_t> kind;
            for (std::size_t i = 0; i < pool.size(); ++i) kind.push_back(i * kinds / pool.size());
            return kind;
        };
    }
    ToyDesk(const ToyDesk&) = delete;
    ToyDesk& operator=(const ToyDesk&) = delete;

    /// The number that a row's text ends in.
    static int number(const Example& row) { return std::stoi(row.text.substr(row.text.rfind(' ') + 1)); }

    Task task;
    std::vector<Example> train;
    grimoire::WritingDesk desk;
};

} // namespace familiar::tests
