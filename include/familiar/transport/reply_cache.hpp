#pragma once

#include <familiar/core/error.hpp>
#include <familiar/store/cache_folder.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/store/sqlite.hpp>
#include <familiar/transport/request_json.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace familiar::transport {

/// Replies of LLMs on disk, found again by what was asked of whom. Several threads may use one object and several
/// processes one file. What was put survives a kill of the process. Reads and writes are O(log replies).
class ReplyCache {
  public:
    /// Opens the file, or makes it and its folder. Throws Error (store_failed) where that cannot be done, or where the
    /// file is no reply cache.
    explicit ReplyCache(const std::filesystem::path& file) : database_(with_folder(file)) {
        prepare_file();
        find_.emplace(database_.prepare("SELECT reply FROM replies WHERE key = ?1"));
        // The first reply stays: what was answered once is answered the same way ever after.
        put_.emplace(
            database_.prepare("INSERT INTO replies (key, reply) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING"));
    }

    /// What a reply is kept under. `identity` is the transport's: the model and all that may change a reply.
    [[nodiscard]] static std::string key(std::string_view identity, const LlmRequest& request) {
        return store::ContentHash().part(identity).part(canonical(request)).hex();
    }

    /// The reply under this key, marked `cached`; nothing where there is none.
    [[nodiscard]] std::optional<LlmReply> find(const std::string& key) {
        std::string stored;
        {
            const std::lock_guard lock(mutex_);
            find_->bind(1, key);
            if (!find_->step()) return std::nullopt;
            stored = find_->text(0);
            find_->reset(); // ends the read, so that the log can be folded back into the file
        }
        try {
            auto reply = reply_from_json(nlohmann::json::parse(stored));
            reply.cached = true;
            return reply;
        } catch (const std::exception&) {
            throw Error(ErrorCode::store_failed, "the reply cache holds a reply that cannot be read (key " + key + ")",
                        path().string(), "Delete the file: it is filled again as replies come");
        }
    }

    /// Keeps a reply; one that is there already under this key stays.
    void put(const std::string& key, const LlmReply& reply) {
        const std::string stored = to_json(reply).dump();
        const std::lock_guard lock(mutex_);
        put_->bind_all(key, stored).run();
    }

    /// How many replies there are.
    [[nodiscard]] std::uint64_t size() {
        const std::lock_guard lock(mutex_);
        auto count = database_.prepare("SELECT count(*) FROM replies");
        count.step();
        return static_cast<std::uint64_t>(count.integer(0));
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return database_.path(); }

    /// `replies.sqlite` in the folder of caches.
    [[nodiscard]] static std::filesystem::path default_path() { return store::cache_folder() / "replies.sqlite"; }

  private:
    static constexpr int kVersion = 1; ///< of the table below, kept in the file's user_version

    static std::filesystem::path with_folder(const std::filesystem::path& file) {
        std::error_code problem;
        if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), problem);
        if (problem) {
            throw Error(ErrorCode::store_failed,
                        "the folder for the reply cache cannot be made (" + problem.message() + ")",
                        file.parent_path().string(), "Check its permissions, or set FAMILIAR_CACHE to another folder");
        }
        return file;
    }

    void prepare_file() {
        store::Transaction transaction(database_);
        auto version = database_.prepare("PRAGMA user_version");
        version.step();
        const auto found = version.integer(0);
        version.reset();
        if (found == 0) {
            auto tables = database_.prepare("SELECT count(*) FROM sqlite_schema");
            tables.step();
            if (tables.integer(0) != 0) refuse("the file is a database, but no reply cache");
            database_.execute("CREATE TABLE replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID");
            database_.execute(("PRAGMA user_version = " + std::to_string(kVersion)).c_str());
        } else if (found != kVersion) {
            refuse("the reply cache has the layout of another version (" + std::to_string(found) + ", not " +
                   std::to_string(kVersion) + ")");
        }
        transaction.commit();
    }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorCode::store_failed, what, path().string(), "Name another file, or delete this one");
    }

    std::mutex mutex_;
    store::Database database_;
    std::optional<store::Statement> find_, put_;
};

} // namespace familiar::transport
