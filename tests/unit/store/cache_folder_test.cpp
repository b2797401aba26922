#include <familiar/store/cache_folder.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>
#include <string>

namespace {

/// A variable that is as it was afterwards.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* const before = std::getenv(name)) before_ = before;
        set(value);
    }
    ~Variable() { set(before_ ? before_->c_str() : nullptr); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    void set(const char* value) const { value != nullptr ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  private:
    const char* name_;
    std::optional<std::string> before_;
};

} // namespace

TEST_CASE("caches stand where the variables say, the nearest first") {
    using familiar::store::cache_folder;
    const Variable own("FAMILIAR_CACHE", "here"), xdg("XDG_CACHE_HOME", "/caches"), home("HOME", "/home/x");
    CHECK(cache_folder() == "here");
    own.set("");
    CHECK(cache_folder() == "/caches/familiar");
    xdg.set("relative");
    CHECK(cache_folder() == "/home/x/.cache/familiar");
    home.set(nullptr);
    CHECK(cache_folder() == std::filesystem::temp_directory_path() / "familiar");
}
