#pragma once

#include <familiar/core/error.hpp>
#include <familiar/pipeline/row_outcome_json.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/store/sqlite.hpp>
#include <familiar/transport/request_json.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace familiar::pipeline {

/// What a run has learned so far, in `run.sqlite` of the run's folder: replies the moment they came and rows the moment
/// they are done, so that a kill at any moment loses nothing that was paid for. One process at a time; any number of
/// its threads.
class RunStore {
  public:
    static constexpr const char* kFile = "run.sqlite";

    /// Opens the run in `folder`, or begins it (the folder is made). `parameters` are all that may change a result,
    /// `hashes` the contents that it depends on. Throws Error: conflicting_run where the folder holds another run or
    /// files of one whose store is gone; file_unwritable; store_failed, also where another process works on the run.
    RunStore(const std::filesystem::path& folder, const nlohmann::json& parameters, const nlohmann::json& hashes)
        : database_(prepared(folder), store::Access::create, std::chrono::seconds(2)) {
        // A second process would ask everything once more: it is kept out for as long as this one lives.
        database_.execute("PRAGMA locking_mode = EXCLUSIVE");
        store::Transaction transaction(database_);
        database_.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
                          "CREATE TABLE IF NOT EXISTS replies (row INTEGER, step INTEGER, request TEXT, reply TEXT NOT "
                          "NULL, cached INTEGER NOT NULL, PRIMARY KEY (row, step, request)) WITHOUT ROWID;"
                          "CREATE TABLE IF NOT EXISTS rows (row INTEGER PRIMARY KEY, outcome TEXT NOT NULL)");
        require_same(folder, "parameters", parameters);
        require_same(folder, "hashes", hashes);
        transaction.commit();
        find_reply_.emplace(
            database_.prepare("SELECT reply, cached FROM replies WHERE row = ?1 AND step = ?2 AND request = ?3"));
        keep_reply_.emplace(database_.prepare("INSERT OR REPLACE INTO replies VALUES (?1, ?2, ?3, ?4, ?5)"));
        keep_row_.emplace(database_.prepare("INSERT OR REPLACE INTO rows VALUES (?1, ?2)"));
    }

    /// The reply to this request of a row, if it has come before. O(log replies).
    [[nodiscard]] std::optional<transport::LlmReply> find_reply(std::size_t row, Step step,
                                                                const transport::LlmRequest& request) {
        const std::string key = store::sha256(transport::canonical(request));
        const std::lock_guard lock(mutex_);
        find_reply_->bind_all(row, static_cast<int>(step), key);
        if (!find_reply_->step()) return std::nullopt;
        const std::string stored = find_reply_->text(0);
        const bool cached = find_reply_->integer(1) != 0;
        find_reply_->reset();
        auto reply = transport::reply_from_json(parsed(stored));
        reply.cached = cached;
        return reply;
    }

    /// Durable when it returns.
    void keep_reply(std::size_t row, Step step, const transport::LlmRequest& request,
                    const transport::LlmReply& reply) {
        const std::string key = store::sha256(transport::canonical(request)), stored = transport::to_json(reply).dump();
        const std::lock_guard lock(mutex_);
        keep_reply_->bind_all(row, static_cast<int>(step), key, stored, reply.cached ? 1 : 0).run();
    }

    /// Outcomes of all rows that have one, failed ones too, by row.
    [[nodiscard]] std::map<std::size_t, RowOutcome> rows() {
        const std::lock_guard lock(mutex_);
        std::map<std::size_t, RowOutcome> outcomes;
        auto select = database_.prepare("SELECT row, outcome FROM rows");
        while (select.step()) {
            outcomes.emplace(static_cast<std::size_t>(select.integer(0)),
                             row_outcome_from_json(parsed(select.text(1))));
        }
        return outcomes;
    }

    /// Durable when it returns; replaces an earlier outcome of the row.
    void keep_row(std::size_t row, const RowOutcome& outcome) {
        const std::string stored = to_json(outcome).dump();
        const std::lock_guard lock(mutex_);
        keep_row_->bind_all(row, stored).run();
    }

    /// What was found out once for the whole run under this name, if it was.
    [[nodiscard]] std::optional<nlohmann::json> recall(const std::string& name) {
        const std::lock_guard lock(mutex_);
        const auto known = fact(("found:" + name).c_str());
        return known ? std::optional(parsed(*known)) : std::nullopt;
    }

    /// Keeps it for the next time. Durable when it returns.
    void remember(const std::string& name, const nlohmann::json& value) {
        const std::lock_guard lock(mutex_);
        set_fact(("found:" + name).c_str(), value.dump());
    }

    /// Adds to the time that the run has taken so far and returns the sum.
    double add_seconds(double seconds) {
        const std::lock_guard lock(mutex_);
        const auto before = fact("seconds");
        const double sum = seconds + (before ? parsed(*before).get<double>() : 0.0);
        set_fact("seconds", nlohmann::json(sum).dump());
        return sum;
    }

  private:
    static std::filesystem::path prepared(const std::filesystem::path& folder) {
        std::error_code problem;
        const bool known = std::filesystem::exists(folder / kFile, problem);
        for (const char* leftover : {"predictions.jsonl", "report.json"}) {
            if (!known && std::filesystem::exists(folder / leftover, problem)) {
                throw Error(ErrorCode::conflicting_run,
                            "the folder holds a " + std::string(leftover) + " but no run that could be continued",
                            folder.string(), "Name another folder, or empty this one");
            }
        }
        std::filesystem::create_directories(folder, problem);
        if (problem) {
            throw Error(ErrorCode::file_unwritable, "the folder cannot be made (" + problem.message() + ")",
                        folder.string(), "Name a folder that may be written to");
        }
        return folder / kFile;
    }

    [[nodiscard]] nlohmann::json parsed(const std::string& text) const {
        try {
            return nlohmann::json::parse(text);
        } catch (const nlohmann::json::exception& problem) {
            throw Error(ErrorCode::store_failed,
                        std::string("the run store holds what is no JSON (") + problem.what() + ")",
                        database_.path().string(), "Delete the folder and run again");
        }
    }

    [[nodiscard]] std::optional<std::string> fact(const char* name) {
        auto select = database_.prepare("SELECT value FROM facts WHERE name = ?1");
        select.bind(1, name);
        return select.step() ? std::optional(select.text(0)) : std::nullopt;
    }

    void set_fact(const char* name, const std::string& value) {
        database_.prepare("INSERT OR REPLACE INTO facts VALUES (?1, ?2)").bind_all(name, value).run();
    }

    void require_same(const std::filesystem::path& folder, const char* name, const nlohmann::json& wanted) {
        const auto stored = fact(name);
        if (!stored) {
            set_fact(name, wanted.dump());
            return;
        }
        const nlohmann::json known = parsed(*stored);
        if (known == wanted) return;
        std::string changes;
        for (const auto& change : nlohmann::json::diff(known, wanted)) {
            changes += (changes.empty() ? "" : ", ") + change.at("path").get<std::string>().substr(1);
        }
        throw Error(ErrorCode::conflicting_run,
                    "the folder holds a run with other " + std::string(name) + " (" + changes + ")", folder.string(),
                    "Name another folder, or repeat that run's options to continue it");
    }

    std::mutex mutex_;
    store::Database database_;
    std::optional<store::Statement> find_reply_, keep_reply_, keep_row_;
};

} // namespace familiar::pipeline
