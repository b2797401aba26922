#include <familiar/store/sqlite.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

std::int64_t count_words(const std::filesystem::path& file, const std::vector<std::string>& words) {
    familiar::store::Database database(file);
    database.execute("CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL)");
    familiar::store::Transaction transaction(database);
    auto insert = database.prepare("INSERT INTO words VALUES (?1)");
    for (const auto& word : words) insert.bind_all(word).run();
    transaction.commit();
    auto count = database.prepare("SELECT count(*) FROM words");
    count.step();
    return count.integer(0);
}

using familiar::Error;
using familiar::ErrorCode;
using familiar::store::Access;
using familiar::store::Database;
using familiar::store::Transaction;
using familiar::tests::ScratchFolder;

namespace {

std::int64_t count(Database& database) {
    auto statement = database.prepare("SELECT count(*) FROM t");
    REQUIRE(statement.step());
    return statement.integer(0);
}

/// Runs and gives the error that must come.
template <class Action> Error error_of(Action&& action) {
    try {
        action();
    } catch (const Error& problem) {
        return problem;
    }
    FAIL("no error");
    return {ErrorCode::invalid_argument, ""};
}

} // namespace

TEST_CASE("values come back as they were bound") {
    const ScratchFolder folder;
    Database database(folder / "d.sqlite");
    database.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, n TEXT)");
    const std::string text("nul \0 and \xC3\xA9", 12), bytes("\0\xff", 2);
    auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, std::int64_t{-9'000'000'000'000'000'000})
        .bind(2, -1.0 / 3.0)
        .bind(3, text)
        .bind_blob(4, bytes)
        .bind(5, std::optional<std::string>());
    insert.run();
    CHECK(database.changes() == 1);
    insert.bind_all(true, 0.5, "", std::optional<std::string>("x"), nullptr)
        .run(); // a finished statement is used again
    auto select = database.prepare("SELECT i, r, s, b, n FROM t ORDER BY rowid");
    REQUIRE(select.step());
    CHECK(select.integer(0) == -9'000'000'000'000'000'000);
    CHECK(select.real(1) == -1.0 / 3.0);
    CHECK(select.text(2) == text);
    CHECK(select.text(3) == bytes);
    CHECK(select.is_null(4));
    CHECK_FALSE(select.optional_text(4));
    REQUIRE(select.step());
    CHECK(select.integer(0) == 1);
    CHECK(select.text(2).empty());
    CHECK_FALSE(select.is_null(2));
    CHECK(select.optional_text(3) == "x");
    CHECK_FALSE(select.step());
}

TEST_CASE("a transaction that is not committed leaves nothing behind") {
    const ScratchFolder folder;
    Database database(folder / "d.sqlite");
    database.execute("CREATE TABLE t (i INTEGER)");
    {
        Transaction transaction(database);
        database.execute("INSERT INTO t VALUES (1)");
    }
    CHECK(count(database) == 0);
    try {
        Transaction transaction(database);
        database.execute("INSERT INTO t VALUES (1)");
        throw std::runtime_error("something else went wrong");
    } catch (const std::runtime_error&) {
    }
    CHECK(count(database) == 0);
    {
        Transaction transaction(database);
        database.execute("INSERT INTO t VALUES (1)");
        transaction.commit();
    }
    CHECK(count(database) == 1);
    CHECK_FALSE(database.in_transaction());
}

TEST_CASE("a file opened for writing has a write-ahead log") {
    const ScratchFolder folder;
    Database database(folder / "d.sqlite");
    auto mode = database.prepare("PRAGMA journal_mode");
    REQUIRE(mode.step());
    CHECK(mode.text(0) == "wal");
}

TEST_CASE("a file that is no database, or a damaged one, is named and may be deleted") {
    const ScratchFolder folder;
    const auto file = folder / "d.sqlite";
    SECTION("no database") {
        std::ofstream(file) << std::string(5000, 'x');
    }
    SECTION("damaged") {
        {
            Database database(file);
            database.execute("CREATE TABLE t (s TEXT)");
            for (int i = 0; i < 200; ++i)
                database.prepare("INSERT INTO t VALUES (?1)").bind(1, std::string(500, 'y')).run();
        }
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(100);
        stream << std::string(8000, '\x5a');
    }
    for (const auto access : {Access::create, Access::read_write, Access::read_only}) {
        const auto problem = error_of([&] {
            Database database(file, access);
            count(database);
        });
        CHECK(problem.code() == ErrorCode::store_failed);
        CHECK_THAT(problem.what(), Catch::Matchers::Contains(file.string()));
        CHECK_THAT(problem.advice(), Catch::Matchers::Contains("Delete"));
    }
}

TEST_CASE("a place where no database can be is a clear error") {
    const ScratchFolder folder;
    for (const auto& path : {folder / "missing" / "d.sqlite", folder.path(), std::filesystem::path("/proc/d.sqlite")}) {
        const auto problem = error_of([&] { Database database(path); });
        CHECK(problem.code() == ErrorCode::store_failed);
        CHECK_THAT(problem.what(), Catch::Matchers::Contains(path.string()));
        CHECK_FALSE(problem.advice().empty());
    }
    CHECK(error_of([&] { Database database(folder / "none.sqlite", Access::read_write); }).code() ==
          ErrorCode::store_failed);
    CHECK_FALSE(std::filesystem::exists(folder / "none.sqlite"));
}

TEST_CASE("a read-only database cannot be written to, and says so") {
    const ScratchFolder folder;
    { Database(folder / "d.sqlite").execute("CREATE TABLE t (i INTEGER)"); }
    Database database(folder / "d.sqlite", Access::read_only);
    CHECK(count(database) == 0);
    const auto problem = error_of([&] { database.execute("INSERT INTO t VALUES (1)"); });
    CHECK_THAT(problem.what(), Catch::Matchers::Contains("cannot be written"));
}

TEST_CASE("a full disk is said to be one, and what was committed stays") {
    const ScratchFolder folder;
    Database database(folder / "d.sqlite");
    database.execute("CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('kept'); PRAGMA max_page_count = 8");
    const auto problem = error_of([&] {
        Transaction transaction(database);
        database.prepare("INSERT INTO t VALUES (?1)").bind(1, std::string(1'000'000, 'x')).run();
    });
    CHECK_THAT(problem.what(), Catch::Matchers::Contains("disk is full"));
    CHECK(problem.code() == ErrorCode::store_failed);
    CHECK(count(database) == 1);
}

TEST_CASE("wrong SQL is an error with SQLite's words") {
    const ScratchFolder folder;
    Database database(folder / "d.sqlite");
    CHECK_THROWS_WITH(database.execute("SELEC 1"), Catch::Matchers::Contains("SELEC"));
    CHECK_THROWS_WITH(database.prepare("SELECT * FROM missing"), Catch::Matchers::Contains("missing"));
    database.execute("CREATE TABLE t (i INTEGER UNIQUE); INSERT INTO t VALUES (1)");
    CHECK_THROWS_WITH(database.execute("INSERT INTO t VALUES (1)"), Catch::Matchers::Contains("UNIQUE"));
    CHECK_THROWS_AS(database.prepare("SELECT ?1").bind(7, 1), Error);
}

TEST_CASE("a lock held too long is an error that says who is in the way") {
    const ScratchFolder folder;
    Database one(folder / "d.sqlite");
    one.execute("CREATE TABLE t (i INTEGER)");
    Transaction transaction(one);
    Database other(folder / "d.sqlite", Access::read_write, std::chrono::milliseconds(1));
    CHECK(count(other) == 0); // readers are not held up
    CHECK_THROWS_WITH(other.execute("INSERT INTO t VALUES (1)"), Catch::Matchers::Contains("another process"));
}

TEST_CASE("many connections that open and write one new file at once lose nothing") {
    const ScratchFolder folder;
    std::vector<std::thread> threads;
    std::vector<std::string> problems(6);
    for (std::size_t t = 0; t < problems.size(); ++t) {
        threads.emplace_back([&, t] {
            try {
                Database database(folder / "d.sqlite");
                database.execute("CREATE TABLE IF NOT EXISTS t (i INTEGER)");
                auto insert = database.prepare("INSERT INTO t VALUES (?1)");
                for (int i = 0; i < 20; ++i) insert.bind(1, i).run();
            } catch (const Error& problem) {
                problems[t] = problem.what();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(problems == std::vector<std::string>(6));
    Database database(folder / "d.sqlite");
    CHECK(count(database) == 120);
}

TEST_CASE("the example of the concept page counts") {
    const ScratchFolder folder;
    CHECK(count_words(folder / "w.sqlite", {"a", "b"}) == 2);
    CHECK(count_words(folder / "w.sqlite", {"c"}) == 3);
}
