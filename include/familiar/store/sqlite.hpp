#pragma once

#include <familiar/core/error.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

/// SQLite with owners, types and errors; nothing more. Every failure is an `Error` (store_failed) that names the file.
namespace familiar::store {

class Database;

/// A prepared statement. Parameters are numbered from 1 and columns from 0, as in SQLite. Must not outlive its
/// Database.
class Statement {
  public:
    Statement(Statement&&) noexcept = default;
    Statement& operator=(Statement&&) noexcept = default;

    /// Text and blobs are copied.
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, const char* text) { return bind(parameter, std::string_view(text)); }
    Statement& bind(int parameter, const std::string& text) { return bind(parameter, std::string_view(text)); }
    Statement& bind(int parameter, double value);
    Statement& bind(int parameter, std::nullptr_t);
    Statement& bind_blob(int parameter, std::string_view bytes);

    template <class Integer>
        requires std::is_integral_v<Integer>
    Statement& bind(int parameter, Integer value) {
        return bind_integer(parameter, static_cast<std::int64_t>(value));
    }

    template <class T> Statement& bind(int parameter, const std::optional<T>& value) {
        return value ? bind(parameter, *value) : bind(parameter, nullptr);
    }

    /// Binds all parameters in order, from the first on.
    template <class... Values> Statement& bind_all(const Values&... values) {
        int parameter = 0;
        (bind(++parameter, values), ...);
        return *this;
    }

    /// Goes to the next row; false where there is none, and then the statement is ready to be bound and stepped again.
    bool step();

    /// Runs to the end, dropping rows.
    void run() {
        while (step()) {
        }
    }

    /// Makes the statement ready to be bound and stepped again; parameters keep their values.
    void reset() noexcept { sqlite3_reset(handle_.get()); }

    [[nodiscard]] bool is_null(int column) const noexcept {
        return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
    }
    [[nodiscard]] std::int64_t integer(int column) const noexcept {
        return sqlite3_column_int64(handle_.get(), column);
    }
    [[nodiscard]] double real(int column) const noexcept { return sqlite3_column_double(handle_.get(), column); }

    /// Text or blob of a column; empty for NULL.
    [[nodiscard]] std::string text(int column) const {
        const void* const bytes = sqlite3_column_blob(handle_.get(), column);
        const int size = sqlite3_column_bytes(handle_.get(), column);
        return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), std::size_t(size));
    }

    [[nodiscard]] std::optional<std::string> optional_text(int column) const {
        return is_null(column) ? std::nullopt : std::optional(text(column));
    }

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };

    Statement(const Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
    Statement& bind_integer(int parameter, std::int64_t value);
    Statement& check(int code);

    const Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

enum class Access {
    create,     ///< read and write; the file is made where it is missing
    read_write, ///< the file must exist
    read_only,
};

/// A database file. One thread at a time; other processes (and other `Database` objects) may use the same file.
///
/// Opened for writing it is in WAL mode with `synchronous = NORMAL`: what is committed survives the death of the
/// process at any moment; a power cut may take the last commits with it, but leaves the file whole.
class Database {
  public:
    /// @param busy_timeout how long a lock held by another process or connection is waited for
    explicit Database(std::filesystem::path path, Access access = Access::create,
                      std::chrono::milliseconds busy_timeout = std::chrono::seconds(60))
        : path_(std::move(path)), busy_timeout_(busy_timeout) {
        const int flags = access == Access::read_only    ? SQLITE_OPEN_READONLY
                          : access == Access::read_write ? SQLITE_OPEN_READWRITE
                                                         : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        sqlite3* handle = nullptr;
        const int code = sqlite3_open_v2(path_.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
        handle_.reset(handle);
        if (code != SQLITE_OK) fail(code);
        sqlite3_extended_result_codes(handle, 1);
        sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
        if (access == Access::read_only) {
            execute("SELECT count(*) FROM sqlite_schema"); // a file that is no database is found here, not later
        } else {
            use_write_ahead_log();
            execute("PRAGMA synchronous = NORMAL");
        }
    }

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Runs one or more statements separated by semicolons; rows are dropped.
    void execute(const char* sql) { check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr)); }

    [[nodiscard]] Statement prepare(std::string_view sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
        return {*this, statement};
    }

    /// Rows changed by the last INSERT, UPDATE or DELETE.
    [[nodiscard]] std::int64_t changes() const noexcept { return sqlite3_changes64(handle_.get()); }
    [[nodiscard]] std::int64_t last_row_id() const noexcept { return sqlite3_last_insert_rowid(handle_.get()); }

    /// Whether a transaction is open.
    [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

    /// Throws what SQLite says unless `code` means success.
    void check(int code) const {
        if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
    }

    [[noreturn]] void fail(int code) const {
        const char* const said = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
        const auto [what, advice] = explain(code & 0xff, said != nullptr ? said : "");
        throw Error(ErrorCode::store_failed, what, path_.string(), advice);
    }

  private:
    struct Close {
        void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
    };

    static std::pair<std::string, std::string> explain(int code, const std::string& said) {
        const std::string detail = " (" + said + ")";
        switch (code) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {"the database is damaged, or the file is no database" + detail,
                    "Delete the file (and those beside it that end in -wal and -shm), or restore it from a copy"};
        case SQLITE_FULL:
            return {"the disk is full" + detail, "Free some space and run the same command again"};
        case SQLITE_CANTOPEN:
            return {"the database cannot be opened" + detail, "Check that the folder exists and may be written to"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return {"the database cannot be written to" + detail, "Check the permissions of the file and its folder"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {"the database is in use by another process" + detail, "Wait for that process to end"};
        case SQLITE_IOERR:
            return {"the database cannot be read or written" + detail,
                    "Check the disk and the space that is left on it"};
        default:
            return {"the database refused an operation" + detail, ""};
        }
    }

    /// Two processes that open a new file at once both want to switch the mode; SQLite's own busy handler does not
    /// cover that. A file system without shared memory keeps its journal: slower, as safe.
    void use_write_ahead_log() {
        const auto give_up = std::chrono::steady_clock::now() + busy_timeout_;
        for (;;) {
            const int code = sqlite3_exec(handle_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
            if (code == SQLITE_OK) return;
            if ((code & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= give_up) fail(code);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    std::filesystem::path path_;
    std::chrono::milliseconds busy_timeout_;
    std::unique_ptr<sqlite3, Close> handle_;
};

/// A write transaction: rolled back when it is destroyed, unless committed. Not to be nested.
class Transaction {
  public:
    explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    ~Transaction() {
        if (!open_ || !database_.in_transaction()) return; // SQLite has rolled back by itself, on a full disk say
        try {
            database_.execute("ROLLBACK");
        } catch (const std::exception&) { // the file is as it was: an uncommitted transaction is never read back
        }
    }

    void commit() {
        database_.execute("COMMIT");
        open_ = false;
    }

  private:
    Database& database_;
    bool open_ = true;
};

inline Statement& Statement::check(int code) {
    database_->check(code);
    return *this;
}

inline Statement& Statement::bind(int parameter, std::string_view text) {
    return check(sqlite3_bind_text64(handle_.get(), parameter, text.data() != nullptr ? text.data() : "", text.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8));
}

inline Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
    return check(sqlite3_bind_blob64(handle_.get(), parameter, bytes.data() != nullptr ? bytes.data() : "",
                                     bytes.size(), SQLITE_TRANSIENT));
}

inline Statement& Statement::bind(int parameter, double value) {
    return check(sqlite3_bind_double(handle_.get(), parameter, value));
}

inline Statement& Statement::bind(int parameter, std::nullptr_t) {
    return check(sqlite3_bind_null(handle_.get(), parameter));
}

inline Statement& Statement::bind_integer(int parameter, std::int64_t value) {
    return check(sqlite3_bind_int64(handle_.get(), parameter, value));
}

inline bool Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(handle_.get());
    if (code != SQLITE_DONE) database_->fail(code);
    return false;
}

} // namespace familiar::store
