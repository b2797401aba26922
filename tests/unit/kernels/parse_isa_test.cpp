#include <familiar/kernels/parse_isa.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

using namespace familiar;
using namespace familiar::kernels;

namespace {

/// Sets FAMILIAR_ISA and puts back what it was.
class WithVariable {
  public:
    explicit WithVariable(const char* value) {
        if (const char* before = std::getenv("FAMILIAR_ISA")) {
            had_ = true;
            before_ = before;
        }
        if (value != nullptr) {
            setenv("FAMILIAR_ISA", value, 1);
        } else {
            unsetenv("FAMILIAR_ISA");
        }
    }
    WithVariable(const WithVariable&) = delete;
    WithVariable& operator=(const WithVariable&) = delete;
    ~WithVariable() {
        if (had_) {
            setenv("FAMILIAR_ISA", before_.c_str(), 1);
        } else {
            unsetenv("FAMILIAR_ISA");
        }
    }

  private:
    bool had_ = false;
    std::string before_;
};

Error error_of(std::string_view name) {
    try {
        parse_isa(name, "--isa");
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error for " << name);
    return {ErrorCode::invalid_argument, ""};
}

} // namespace

TEST_CASE("every known name gives its instruction set, or an error where the machine lacks it", "[kernels][isa]") {
    for (std::size_t i = 0; i < std::size(kIsaNames); ++i) {
        const auto isa = static_cast<Isa>(i);
        CHECK(to_string(isa) == kIsaNames[i]);
        if (available(isa)) {
            CHECK(parse_isa(kIsaNames[i]) == isa);
        } else {
            const Error error = error_of(kIsaNames[i]);
            CHECK(error.code() == ErrorCode::unsupported_isa);
            CHECK(std::string(error.what()).find(kIsaNames[i]) != std::string::npos);
        }
    }
}

TEST_CASE("an unknown name is refused by name, with the known ones and the place", "[kernels][isa]") {
    for (const char* name : {"avx9000", "", "AVX2", "avx2 ", "avx"}) {
        const Error error = error_of(name);
        CHECK(error.code() == ErrorCode::unsupported_isa);
        const std::string text = error.what();
        CHECK(text.find(std::string("\"").append(name).append("\"")) != std::string::npos);
        CHECK(text.find("--isa") != std::string::npos);
        for (const std::string_view known : kIsaNames) CHECK(text.find(known) != std::string::npos);
    }
}

TEST_CASE("the environment chooses, is refused where it is wrong, and the best is taken without it", "[kernels][isa]") {
    {
        const WithVariable variable("reference");
        CHECK(isa_from_environment() == Isa::reference);
    }
    {
        const WithVariable variable("avx9000");
        CHECK_THROWS_AS(isa_from_environment(), Error);
        CHECK_THROWS_WITH(isa_from_environment(), Catch::Contains("FAMILIAR_ISA") && Catch::Contains("avx9000"));
    }
    for (const char* value : {static_cast<const char*>(nullptr), ""}) {
        const WithVariable variable(value);
        CHECK(isa_from_environment() == best_isa());
    }
}
