#include <familiar/text/jinja/interpreter.hpp>
#include <familiar/text/jinja/parser.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;

namespace {

std::string run(const std::string& source, std::size_t steps = 100'000) {
    const auto statements = Parser::parse(source, "some template");
    Context context("some template", steps);
    Dictionary variables;
    variables.set("words", tests::value(R"(["a", "b", "c"])"));
    variables.set("person", tests::value(R"({"name": "Ann", "items": 3})"));
    return Interpreter(context, std::move(variables)).run(statements).bytes();
}

} // namespace

TEST_CASE("What is set in a loop is gone after its round, a namespace stays", "[text]") {
    CHECK(run("{% set x = 1 %}{% for w in words %}{{ x }}{% set x = 2 %}{% endfor %}{{ x }}") == "1111");
    CHECK(run("{% set n = namespace(x=1) %}{% for w in words %}{% set n.x = n.x + 1 %}{% endfor %}{{ n.x }}") == "4");
    CHECK(run("{% if true %}{% set x = 2 %}{% endif %}{{ x }}") == "2"); // an if is no scope
    CHECK(run("{% for w in words %}{% endfor %}[{{ w }}]") == "[]");
}

TEST_CASE("A macro sees its arguments and the template's names, not its caller's", "[text]") {
    CHECK(run("{% macro f(a, b='-') %}{{ a }}{{ b }}{{ w }}{{ words|length }}{% endmacro %}{% for w in words %}{{ f(w) "
              "}}{% endfor %}") == "a-3b-3c-3");
    CHECK(run("{% macro f(a) %}[{{ a }}]{% endmacro %}{{ f() }}{{ f(a=1) }}") == "[][1]");
    CHECK(run("{% macro f(n) %}{% if n %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}") == "321");
    CHECK_THROWS_WITH(run("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), Contains("deeper than 20"));
}

TEST_CASE("Loops count, filter, break and go on", "[text]") {
    CHECK(run("{% for w in words if w != 'b' %}{{ loop.index }}{{ w }}{{ loop.last }} {% endfor %}") ==
          "1aFalse 2cTrue ");
    CHECK(run("{% for w in words %}{% if w == 'b' %}{% continue %}{% endif %}{{ w }}{% endfor %}") == "ac");
    CHECK(run("{% for w in words %}{% if w == 'b' %}{% break %}{% endif %}{{ w }}{% else %}none{% endfor %}") == "a");
    CHECK(run("{% for x in [] %}{% else %}none{% endfor %}") == "none");
    CHECK(run("{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }} {% endfor %}") == "12 34 ");
    CHECK_THROWS_WITH(run("{% for a, b in [(1, 2, 3)] %}{% endfor %}"), Contains("3 values for 2 names"));
    CHECK_THROWS_WITH(run("{% for a in 5 %}{% endfor %}"), Contains("no items"));
}

TEST_CASE("Items and slices are Python's", "[text]") {
    CHECK(run("{{ words[0] }}{{ words[-1] }}[{{ words[3] }}][{{ words[-4] }}]") == "ac[][]");
    CHECK(run("{{ words[1:] }}{{ words[:-1] }}{{ words[::-1] }}{{ words[5:] }}{{ words[-9:2] }}") ==
          "['b', 'c']['a', 'b']['c', 'b', 'a'][]['a', 'b']");
    CHECK(run("{{ words[::9223372036854775807] }}{{ words[::-9223372036854775807] }}") == "['a']['c']");
    CHECK(run("{{ 'Gr\u00fc\u00dfe'[2:4] }}{{ 'Gr\u00fc\u00dfe'[-1] }}") == "\u00fc\u00dfe");
    CHECK(run("{{ person['name'] }}{{ person.name }}[{{ person.zip }}]") == "AnnAnn[]");
    CHECK_THROWS_WITH(run("{{ words[::0] }}"), Contains("step 0"));
    CHECK_THROWS_WITH(run("{{ words['a':] }}"), Contains("a slice takes integers"));
    CHECK_THROWS_WITH(run("{{ person[1:] }}"), Contains("a dictionary has no slices"));
    CHECK_THROWS_WITH(run("\n{{ who.name }}"), Contains("`who` is undefined and has no `name`") && Contains("line 2"));
}

TEST_CASE("A dictionary's method comes before its member of that name", "[text]") {
    CHECK(run("{% for k, v in person.items() %}{{ k }}{{ v }} {% endfor %}{{ person.items }}") == "nameAnn items3 3");
}

TEST_CASE("Only what is needed is evaluated", "[text]") {
    CHECK(run("{{ 1 or boom.x }}{{ 0 and boom.x }}{{ 1 if true else boom.x }}") == "101");
    CHECK(run("{{ 1 < 0 < boom }}") == "False");
    CHECK(run("[{{ 'x' if false }}]") == "[]");
}

TEST_CASE("The functions of templates are there", "[text]") {
    CHECK(run("{{ range(3)|list }}{{ range(1, 3)|list }}{{ range(5, 0, -2)|list }}{{ range(0)|list }}") ==
          "[0, 1, 2][1, 2][5, 3, 1][]");
    CHECK(run("{{ dict(a=1, b=2) }}{{ dict({'a': 1}, b=2).b }}") == "{'a': 1, 'b': 2}2");
    CHECK(run("{{ range(9223372036854775806, 9223372036854775807, 5)|length }}") == "1"); // the sum would overflow
    CHECK_THROWS_WITH(run("{{ range() }}"), Contains("one to three"));
    CHECK_THROWS_WITH(run("{{ range(1, 2, 0) }}"), Contains("step 0"));
    CHECK_THROWS_WITH(run("{{ range(10000000000) }}"), Contains("too many steps"));
    CHECK_THROWS_WITH(run("{{ frobnicate(1) }}"), Contains("function `frobnicate`"));
}

TEST_CASE("A template's refusal is its own words, in print", "[text]") {
    try {
        (void)run("{{ raise_exception('roles\x1b must ' ~ 'alternate') }}");
        FAIL("it did not refuse");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::invalid_argument);
        CHECK_THAT(error.what(), Contains("roles\\x1b must alternate"));
    }
    CHECK_THROWS_WITH(run("{{ raise_exception() }}"), Contains("the conversation is refused"));
}

TEST_CASE("Only namespaces can be assigned to, and never into themselves", "[text]") {
    CHECK_THROWS_WITH(run("{% set person.name = 1 %}"), Contains("`person` is no namespace"));
    CHECK_THROWS_WITH(run("{% set who.name = 1 %}"), Contains("`who` is no namespace"));
    CHECK_THROWS_WITH(run("{% set n = namespace() %}{% set n.n = n %}"), Contains("nested deeper"));
    CHECK_THROWS_WITH(run("{% set n = namespace() %}{% set n.n = {'x': [n]} %}"), Contains("nested deeper"));
    CHECK_THROWS_WITH(run("{{ {1: 2} }}"), Contains("a key that is no string"));
}

TEST_CASE("A run ends when its steps are spent", "[text]") {
    const std::string source = "{% for i in range(100) %}{% for j in range(100) %}x{% endfor %}{% endfor %}";
    CHECK(run(source, 1'000'000).size() == 10000);
    CHECK_THROWS_WITH(run(source, 5'000), Contains("too many steps"));
    CHECK_THROWS_AS(run("a", 0), Error);
}
