#include <familiar/text/jinja/json_text.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using tests::value;

namespace {

std::string written(const Value& value, std::optional<std::int64_t> indent = std::nullopt) {
    return JsonWriter::write(value, indent, 64).value();
}

} // namespace

TEST_CASE("Floats are written as Python writes them", "[text]") {
    CHECK(float_text(1.0) == "1.0");
    CHECK(float_text(-0.0) == "-0.0");
    CHECK(float_text(0.1) == "0.1");
    CHECK(float_text(1e16) == "1e+16");
    CHECK(float_text(1e15) == "1000000000000000.0");
    CHECK(float_text(0.0001) == "0.0001");
    CHECK(float_text(0.00001) == "1e-05");
    CHECK(float_text(5e-324) == "5e-324");
    CHECK(float_text(1.7976931348623157e308) == "1.7976931348623157e+308");
    CHECK(float_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(float_text(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("JSON is written as Python's json.dumps writes it", "[text]") {
    CHECK(written(value(R"({"a": [1, 2.0, true, null], "b": {}})")) == R"({"a": [1, 2.0, true, null], "b": {}})");
    CHECK(written(value(R"(["\"\\\b\f\n\r\t\u0001\u007f\u00e9/"])")) ==
          "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\u00e9/\"]");
    CHECK(written(value("[1, [], {\"a\": 2}]"), 2) == "[\n  1,\n  [],\n  {\n    \"a\": 2\n  }\n]");
    CHECK(written(value("[1]"), 0) == "[\n1\n]");
    CHECK(written(Value(std::numeric_limits<double>::infinity())) == "Infinity");
    CHECK(written(Value(std::numeric_limits<double>::quiet_NaN())) == "NaN");
}

TEST_CASE("What JSON has no word for is not written", "[text]") {
    CHECK_FALSE(JsonWriter::write(Value(), std::nullopt, 64).has_value());
    List list;
    list.items.push_back(Value(Function::range));
    CHECK_FALSE(JsonWriter::write(Value(list), std::nullopt, 64).has_value());
    CHECK(JsonWriter::write(value("[[[]]]"), std::nullopt, 2).has_value());
    CHECK_FALSE(JsonWriter::write(value("[[[1]]]"), std::nullopt, 2).has_value());
}

TEST_CASE("What is read from JSON is a message's and well-formed", "[text]") {
    CHECK_FALSE(value("\"x\"").text()->is_trusted());
    CHECK(from_json(nlohmann::ordered_json("a\xff")).text()->bytes() == "a\uFFFD");
    CHECK(value("18446744073709551615").is<double>()); // no integer of 64 bits with a sign
    CHECK(value("9223372036854775807").integer() == INT64_MAX);
    CHECK(value("-9223372036854775808").integer() == INT64_MIN);
    CHECK(value("{\"b\": 1, \"a\": 2}").dictionary()->items[0].first == "b");
}
