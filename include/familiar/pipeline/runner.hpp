#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/pipeline/batch.hpp>
#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// Keeps nothing: a run that is not to be continued. `RunStore` has the same members.
struct NoStore {
    [[nodiscard]] std::map<std::size_t, RowOutcome> rows() const { return {}; }
    [[nodiscard]] std::optional<transport::LlmReply> find_reply(std::size_t, Step, const transport::LlmRequest&) const {
        return std::nullopt;
    }
    void keep_reply(std::size_t, Step, const transport::LlmRequest&, const transport::LlmReply&) const noexcept {}
    void keep_row(std::size_t, const RowOutcome&) const noexcept {}
};

struct RunSettings {
    ProgressSink progress;                      ///< stages `plugin` and `llm`, from the calling thread
    const Cancellation* cancellation = nullptr; ///< ends the run early; what is done is kept
    std::size_t concurrency = 0; ///< requests at once; 0, or more than that: as many as the transport takes
    /// Rows whose requests are asked as one batch, where the transport completes batches and only one request is under
    /// way at a time. At least 1. No row is kept before its batch is answered.
    std::size_t window = 16;
};

/// What became of every example.
struct RunResult {
    std::vector<std::optional<RowOutcome>> rows; ///< in the order of the examples; empty where the run ended before
    std::optional<Failure> ended_by;             ///< a failure that every further request would share
    bool cancelled = false;

    [[nodiscard]] bool complete() const noexcept {
        return std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); });
    }
    [[nodiscard]] std::size_t failed() const noexcept {
        return static_cast<std::size_t>(
            std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row && row->failed(); }));
    }
};

namespace detail {

/// The threads that work through a batch, and the thread that waits for them.
class Crew {
  public:
    explicit Crew(const RunSettings& settings) : settings_(settings) {}

    /// Calls `before(begin, end)` for each `window` of [0, count) and then `work(i)` for every i in it, from `threads`
    /// threads; false from `work` ends it early, as an exception does, which is thrown again here. A window that was
    /// begun is worked through whatever the cancellation.
    template <class Before, class Work>
    void run(std::size_t count, std::size_t window, std::size_t threads, const Before& before, const Work& work) {
        std::vector<std::thread> crew;
        const auto take = [&] {
            try {
                while (!stopping_ && !cancelled()) {
                    const std::size_t begin = next_.fetch_add(window);
                    if (begin >= count) break;
                    const std::size_t end = std::min(begin + window, count);
                    before(begin, end);
                    for (std::size_t i = begin; i < end && !stopping_; ++i) {
                        if (!work(i)) stopping_ = true;
                        tell([&] { ++done_; });
                    }
                }
            } catch (...) {
                stopping_ = true;
                tell([&] { problem_ = problem_ ? problem_ : std::current_exception(); });
            }
            tell([&] { ++ended_; });
        };
        std::size_t started = 0;
        try {
            for (; started < threads; ++started) crew.emplace_back(take);
        } catch (const std::system_error&) { // fewer threads than wanted do the same work
            if (started == 0) throw;
        }
        watch(count, started);
        for (auto& thread : crew) thread.join();
        if (problem_) std::rethrow_exception(problem_);
    }

    [[nodiscard]] bool cancelled() const noexcept {
        return settings_.cancellation != nullptr && settings_.cancellation->requested();
    }

  private:
    template <class Change> void tell(const Change& change) {
        {
            const std::lock_guard lock(mutex_);
            change();
        }
        changed_.notify_one();
    }

    void watch(std::size_t count, std::size_t threads) {
        std::size_t seen = 0;
        std::unique_lock lock(mutex_);
        while (ended_ < threads || seen < done_) {
            changed_.wait(lock, [&] { return ended_ == threads || seen < done_; });
            if (seen == done_) continue;
            seen = done_;
            if (!settings_.progress) continue;
            lock.unlock();
            try {
                settings_.progress({"llm", seen, count});
            } catch (...) { // the sink's exception is the caller's, but its threads are ended first
                stopping_ = true;
                lock.lock();
                problem_ = problem_ ? problem_ : std::current_exception();
                changed_.wait(lock, [&] { return ended_ == threads; });
                return;
            }
            lock.lock();
        }
    }

    const RunSettings& settings_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t done_ = 0, ended_ = 0;
    std::exception_ptr problem_;
};

/// The label requests of some rows that were asked as one batch, before the rows are worked through.
template <class Pipeline> class Window {
  public:
    struct Asked {
        std::size_t position;
        typename Pipeline::Question question;
        std::optional<Result<transport::LlmReply>> reply;
    };

    /// Leaves out what is better asked for a row alone: text to be generated, what the store knows, and rows whose text
    /// makes no request, which will say so themselves. Replies are in the store when it returns.
    template <class Store>
    void ask(Pipeline& pipeline, const Batch& batch, Store& store, const std::vector<std::size_t>& rows,
             std::size_t begin, std::size_t end) {
        asked_.clear();
        if constexpr (transport::CompletesInBatches<std::remove_cvref_t<decltype(pipeline.transport())>>) {
            std::vector<transport::LlmRequest> requests;
            for (std::size_t position = begin; position < end; ++position) {
                if (!batch.asks[position]) continue;
                std::optional<typename Pipeline::Question> question;
                try {
                    question = pipeline.question(batch, position);
                } catch (const Error&) {
                    continue;
                }
                const auto& request = question->request;
                if (request.candidates.empty() || store.find_reply(rows[position], Step::label, request)) continue;
                requests.push_back(request);
                asked_.push_back({position, std::move(*question), std::nullopt});
            }
            if (requests.empty()) return;
            auto replies = pipeline.transport().ask(std::span<const transport::LlmRequest>(requests));
            for (std::size_t i = 0; i < asked_.size(); ++i) {
                if (replies[i]) store.keep_reply(rows[asked_[i].position], Step::label, requests[i], *replies[i]);
                asked_[i].reply = std::move(replies[i]);
            }
        }
    }

    /// Null where the row's request was left out.
    [[nodiscard]] Asked* find(std::size_t position) noexcept {
        const auto found =
            std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.position == position; });
        return found == asked_.end() ? nullptr : &*found;
    }

  private:
    std::vector<Asked> asked_;
};

} // namespace detail

/// Takes all examples through a prepared pipeline, several requests under way at once. Rows that the store knows are
/// not done again, but failed ones are; a reply that the store knows is not asked for again. Results do not depend on
/// the number of threads. A failure of scope `run` and cancellation end it early, and say so in the result; what the
/// store or a policy throws is thrown here.
///
/// `prepare()` is called before the first row that has to be done, and not at all where there is none.
template <class Pipeline, class Store, class Prepare>
RunResult run(Pipeline& pipeline, std::span<const Example> examples, Store& store, const RunSettings& settings,
              Prepare&& prepare) {
    RunResult result;
    result.rows.resize(examples.size());
    std::map<std::size_t, RowOutcome> known = store.rows();
    std::vector<std::size_t> missing;
    for (std::size_t row = 0; row < examples.size(); ++row) {
        const auto found = known.find(row);
        if (found != known.end() && !found->second.failed()) {
            result.rows[row] = std::move(found->second);
        } else {
            missing.push_back(row);
        }
    }
    if (missing.empty()) return result;

    std::vector<Example> rest;
    if (missing.size() != examples.size()) {
        for (const std::size_t row : missing) rest.push_back(examples[row]);
        examples = rest;
    }
    Batch batch;
    try {
        prepare();
        batch = pipeline.consider(examples, settings.progress, settings.cancellation);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled) throw;
        result.cancelled = true;
        return result;
    }

    std::size_t threads = std::min(std::size_t(pipeline.transport().concurrency()), missing.size());
    if (settings.concurrency != 0) threads = std::min(threads, settings.concurrency);
    threads = std::max<std::size_t>(threads, 1);
    const bool in_batches =
        threads == 1 && settings.window > 1 && transport::completes_in_batches(pipeline.transport());
    detail::Window<Pipeline> ahead; // used by one thread
    const auto before = [&](std::size_t begin, std::size_t end) {
        if (in_batches) ahead.ask(pipeline, batch, store, missing, begin, end);
    };

    std::mutex mutex; // of result.ended_by
    const auto work = [&](std::size_t position) {
        const std::size_t row = missing[position];
        auto* const asked = in_batches ? ahead.find(position) : nullptr;
        const auto ask = [&](Step step, const transport::LlmRequest& request) {
            if (asked != nullptr && step == Step::label) return std::move(*asked->reply);
            if (auto reply = store.find_reply(row, step, request)) {
                return Result<transport::LlmReply>(std::move(*reply));
            }
            auto reply = pipeline.transport().ask(request);
            if (reply) store.keep_reply(row, step, request, *reply);
            return reply;
        };
        RowOutcome outcome = pipeline.outcome(batch, position, ask, asked != nullptr ? &asked->question : nullptr);
        if (const auto earlier = known.find(row); earlier != known.end()) {
            outcome.failed_calls += earlier->second.failed_calls;
        }
        if (outcome.failure && outcome.failure->code == ErrorCode::cancelled) return false;
        if (outcome.failure && outcome.failure->scope == FailureScope::run) {
            const std::lock_guard lock(mutex);
            if (!result.ended_by) result.ended_by = outcome.failure;
            return false;
        }
        store.keep_row(row, outcome);
        result.rows[row] = std::move(outcome);
        return true;
    };
    detail::Crew crew(settings);
    crew.run(missing.size(), in_batches ? settings.window : 1, threads, before, work);
    result.cancelled = crew.cancelled() && !result.complete();
    return result;
}

/// The same without anything kept.
template <class Pipeline>
RunResult run(Pipeline& pipeline, std::span<const Example> examples, const RunSettings& settings = {}) {
    NoStore store;
    return run(pipeline, examples, store, settings, [] {});
}

} // namespace familiar::pipeline
