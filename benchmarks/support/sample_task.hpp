#pragma once

#include "support/resources.hpp"

#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>

#include <vector>

namespace familiar::benchmarks {

/// The customer-support task of this repository: 12 labels, 400 train and 200 test rows.
struct SampleTask {
    Task task;
    std::vector<Example> train, test;
};

inline const SampleTask& sample_task() {
    static const SampleTask loaded = [] {
        const auto folder = source_dir() / "data" / "support";
        SampleTask sample;
        sample.task = data::load_task(folder);
        sample.train = data::load_split(folder, sample.task, "train");
        sample.test = data::load_split(folder, sample.task, "test");
        return sample;
    }();
    return loaded;
}

} // namespace familiar::benchmarks
