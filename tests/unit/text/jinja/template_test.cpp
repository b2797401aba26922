#include <familiar/text/jinja/json_text.hpp>
#include <familiar/text/jinja/template.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;

namespace {

struct Case {
    const char* source;
    const char* expected;
};

// clang-format off
constexpr const char* kVariables = R"~(
{"messages":[{"role":"system","content":" Be brief. "},{"role":"user","content":"Grüße, it's 5 < 6"},{"role":"assistant","content":"a, b\nc"}],"n":7,"x":2.5,"t":true,"nothing":null,"words":["pear","Apple","fig","pear"],"person":{"name":"Ann","age":30,"tags":["q","r"]},"empty":[],"text":"one two  three","big":1e20,"neg":-7}
)~";

/// What Jinja2 3.1.6 gives for them (immutable sandbox, trim_blocks, lstrip_blocks, loop controls, and the `tojson` of
/// transformers: json.dumps without ASCII escapes).
constexpr Case kCases[] = {
    {R"~(a
  {% if t %}
  yes
  {% endif %}
b
)~", R"~(a
  yes
b)~"},
    {R"~({%- for m in messages -%} [{{ m.role }}] {%- endfor -%}  x)~", R"~([system][user][assistant]x)~"},
    {R"~({% for m in messages %}{{ loop.index }}/{{ loop.length }}{{ loop.first }}{{ loop.last }}{{ loop.revindex0 }} {% endfor %})~", R"~(1/3TrueFalse2 2/3FalseFalse1 3/3FalseTrue0 )~"},
    {R"~({% set ns = namespace(found=false, count=0) %}{% for w in words %}{% if w == 'fig' %}{% set ns.found = true %}{% endif %}{% set ns.count = ns.count + 1 %}{% endfor %}{{ ns.found }} {{ ns.count }})~", R"~(True 4)~"},
    {R"~({% set y = 1 %}{% for w in words %}{% set y = y + 1 %}{% endfor %}{{ y }})~", R"~(1)~"},
    {R"~({{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 7 % -3 }} {{ 1.5 + 1 }} {{ 3 * 1.0 }} {{ neg|abs }} {{ big }} {{ x }})~", R"~(3 -4 2 3.5 1024 -2 2.5 3.0 7 1e+20 2.5)~"},
    {R"~({{ 'a' ~ 1 ~ none ~ true ~ 2.0 }} {{ 'ab' * 3 }} {{ [1, 2] + [3] }} {{ (1,) }} {{ () }} {{ {'a': [1, 'it\'s', "q\"'"]} }})~", R"~(a1NoneTrue2.0 ababab [1, 2, 3] (1,) () {'a': [1, "it's", 'q"\'']})~"},
    {R"~({{ words[1:] }} {{ words[-1] }} {{ words[::-1] }} {{ words[:2] }} {{ words[1:3:2] }} {{ 'Grüße'[2:4] }} {{ 'Grüße'[-1] }} {{ words[9] }}|{{ 'abc'[::-1] }})~", R"~(['Apple', 'fig', 'pear'] pear ['pear', 'fig', 'Apple', 'pear'] ['pear', 'Apple'] ['Apple'] üß e |cba)~"},
    {R"~({{ person.name }} {{ person['age'] }} {{ person.missing }}| {{ person.get('zip', 'none') }} {{ person.get('name') }} {% for k, v in person.items() %}{{ k }}={{ v }};{% endfor %} {{ person.keys() | list }})~", R"~(Ann 30 | none Ann name=Ann;age=30;tags=['q', 'r']; ['name', 'age', 'tags'])~"},
    {R"~({{ words | join(', ') }} {{ words | length }} {{ words | first }} {{ words | last }} {{ words | sort | join('-') }} {{ words | unique | list }} {{ words | reverse | list }} {{ words | map('upper') | list }})~", R"~(pear, Apple, fig, pear 4 pear pear Apple-fig-pear-pear ['pear', 'Apple', 'fig'] ['pear', 'fig', 'Apple', 'pear'] ['PEAR', 'APPLE', 'FIG', 'PEAR'])~"},
    {R"~({{ messages | map(attribute='role') | join('+') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', '==', 'user') | map(attribute='content') | list }})~", R"~(system+user+assistant 1 [' Be brief. ', 'a, b\nc'])~"},
    {R"~({{ person | tojson }} {{ words | tojson(indent=2) }} {{ "ü\n\"\\\u0001" | tojson }} {{ none | tojson }} {{ [1.0, true, {}] | tojson }} {{ [] | tojson(indent=4) }})~", R"~({"name": "Ann", "age": 30, "tags": ["q", "r"]} [
  "pear",
  "Apple",
  "fig",
  "pear"
] "ü\n\"\\\u0001" null [1.0, true, {}] [])~"},
    {R"~({{ missing | default('d') }} {{ '' | default('e', true) }} {{ nothing | default('f') }} {{ missing is defined }} {{ n is defined }} {{ nothing is none }} {{ n is number }} {{ text is string }} {{ person is mapping }} {{ words is iterable }} {{ text is sequence }} {{ n is odd }} {{ n is divisibleby 7 }} {{ n is not even }} {{ 'a' is in 'abc' }})~", R"~(d e None False True True True True True True True True True True True)~"},
    {R"~({{ ' x '.strip() }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'xxaxx'.rstrip('x') }}|{{ text.split() }}|{{ text.split(' ') }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'bc')) }}|{{ 'aXbX'.replace('X', 'y') }}|{{ 'aXbX'.replace('X', 'y', 1) }}|{{ 'AbC dEf'.title() }}|{{ 'éCOLE x'.capitalize() }}|{{ 'ÄB'.lower() }}|{{ 'éa'.upper() }}|{{ 'a-b'.find('-') }}|{{ 'banana'.count('an') }}|{{ '\n'.join(words) }})~", R"~(x|axx|xxa|['one', 'two', 'three']|['one', 'two', '', 'three']|['a', 'b,c']|['a,b', 'c']|True|True|ayby|aybX|Abc Def|École x|äb|ÉA|1|2|pear
Apple
fig
pear)~"},
    {R"~({% macro show(m, sep='-', last=none) %}<{{ m.role }}{{ sep }}{{ last }}>{% endmacro %}{{ show(messages[0]) }}{{ show(messages[1], last='z') }}{{ show(m=messages[2], sep='') }})~", R"~(<system-None><user-z><assistantNone>)~"},
    {R"~({% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %} {{ range(2, 9, 3) | list }} {{ range(3, 0, -1) | list }})~", R"~(02 [2, 5, 8] [3, 2, 1])~"},
    {R"~({% for m in messages if m.role != 'system' %}{{ loop.index0 }}{{ m.role }}{% else %}none{% endfor %}{% for e in empty %}{% else %}nothing{% endfor %})~", R"~(0user1assistantnothing)~"},
    {R"~({% set block %}  in {{ n }} {% endset %}[{{ block }}][{{ block | trim }}])~", R"~([  in 7 ][in 7])~"},
    {R"~({# a comment #}x{#- tight -#}  y
{# line #}
z)~", R"~(xy
z)~"},
    {R"~({% raw %}{{ not run }} {% if %}{% endraw %} {{ '{{' }})~", R"~({{ not run }} {% if %} {{)~"},
    {R"~({{ 'yes' if n > 5 else 'no' }} {{ 'only' if n > 9 }}| {{ n > 5 and 'and' }} {{ n < 5 or 'or' }} {{ not n }} {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 3 in [1, 3] }} {{ 'x' not in person }} {{ 'name' in person }} {{ n == 7.0 }} {{ '1' == 1 }} {{ [1] == [1] }})~", R"~(yes | and or False True False True True True True False True)~"},
    {R"~({%- set a, b = 1, 2 %}
{{ a }}{{ b }}
{%+ if t %}
kept
{%+ endif %}
  {{- n -}}
  end)~", R"~(12
kept
7end)~"},
    {R"~({% if messages[0].role == 'system' and messages[0]['content'] | trim | length > 3 %}{{ messages[0].content | trim }}{% elif t %}b{% else %}c{% endif %})~", R"~(Be brief.)~"},
    {R"~({{ '5' | int + 1 }} {{ 'x' | int }} {{ '2.5' | float }} {{ 2.7 | int }} {{ 2.567 | round(2) }} {{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [1, 2] | sum }} {{ n | string + 'x' }} {{ 'ab' | list }})~", R"~(6 0 2.5 2 2.57 3 1 3 7x ['a', 'b'])~"},
    {R"~({{ "line one
line two" }}
{{ 'tab\tnew\\n' }} {{ 'a' 'b' }} {{ "\u00e9\x41" }})~", R"~(line one
line two
tab	new\n ab éA)~"},
    {R"~({{ text | replace('two', '2') | upper }} {{ 'a\nb\n\nc' | indent(2) }} {{ 'x<y' | escape }} {{ person | dictsort }} {{ person | items | list }})~", R"~(ONE 2  THREE a
  b

  c x&lt;y [('age', 30), ('name', 'Ann'), ('tags', ['q', 'r'])] [('name', 'Ann'), ('age', 30), ('tags', ['q', 'r'])])~"},
    {R"~({% for a in [1, 2] %}{% for b in ['x', 'y'] %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{{ loop.index }};{% endfor %})~", R"~(1x1 1y2 1;2x1 2y2 2;)~"},
    {R"~({% for m in messages %}{{ loop.previtem.role if loop.previtem is defined else '^' }}>{{ loop.nextitem.role if not loop.last else '$' }} {% endfor %})~", R"~(^>user system>assistant user>$ )~"},
    {R"~({{ messages[0].content.strip() + ('!' if t else '') | upper }} {{ -n }} {{ +n }} {{ - n | abs }} {{ (1, 2)[1] }} {{ words.0 }})~", R"~(Be brief.! -7 7 7 2 pear)~"},
    {R"~({%- if not missing is defined %}undefined{% endif %}{{ missing }}{% if missing %}x{% endif %}{% for q in missing %}x{% endfor %}{{ dict(a=1).a }}{{ namespace(b=2).b }})~", R"~(undefined12)~"},
    {R"~({% if n is defined and n is not none %}
	tabbed
	{%- if t %} inner{% endif %}

{% endif %}
after
)~", R"~(	tabbed inner
after)~"},
};
// clang-format on

Dictionary variables() {
    const auto json = nlohmann::ordered_json::parse(kVariables);
    Dictionary out;
    for (const auto& [name, value] : json.items()) out.set(name, from_json(value));
    return out;
}

MarkedText render(const std::string& source, Dictionary given = variables(), std::size_t steps = 1000000) {
    return Template(source, "some template").render(std::move(given), steps);
}

} // namespace

TEST_CASE("Templates give what Jinja gives", "[text]") {
    for (const Case& c : kCases) {
        INFO(c.source);
        CHECK(render(c.source).bytes() == c.expected);
    }
}

TEST_CASE("What is not understood is named, with its line", "[text]") {
    using Catch::Contains;
    CHECK_THROWS_WITH(render("a\n{% include 'x' %}"),
                      Contains("`include`") && Contains("line 2") && Contains("some template"));
    CHECK_THROWS_WITH(render("{{ n | frobnicate }}"), Contains("filter `frobnicate`"));
    CHECK_THROWS_WITH(render("{{ n is frobnicated }}"), Contains("test `frobnicated`"));
    CHECK_THROWS_WITH(render("{{ text.frobnicate() }}"), Contains("`frobnicate`"));
    CHECK_THROWS_WITH(render("{{ frobnicate(1) }}"), Contains("function `frobnicate`"));
    CHECK_THROWS_WITH(render("{{ missing.field }}"), Contains("`missing` is undefined"));
    CHECK_THROWS_WITH(render("{{ missing + 'x' }}"), Contains("`missing` is undefined"));
    CHECK_THROWS_WITH(render("{{ raise_exception('roles must alternate') }}"), Contains("roles must alternate"));
    for (const char* const broken :
         {"{% if t %}", "{% endif %}", "{{ 'a }}", "{{ 1 + }}", "{{ (1 }}", "{% for in x %}{% endfor %}", "{{ a b }}",
          "{#", "{% raw %}", "{% set %}", "{{ 1 ? 2 }}", "{{ 99999999999999999999 }}", "{% break %}", "{% elif %}",
          "{{ )( }}"}) {
        INFO(broken);
        CHECK_THROWS_AS(render(broken), Error);
    }
}

TEST_CASE("Python's type errors are errors, not guesses", "[text]") {
    for (const char* const wrong :
         {"{{ 'a' + 1 }}", "{{ 1 < 'a' }}", "{{ none + 1 }}", "{{ 1 // 0 }}", "{{ 1.0 / 0 }}", "{{ person.x.y }}",
          "{% for x in 5 %}{% endfor %}", "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 9 }}",
          "{% set person.x = 1 %}", "{{ range(0, 9, 0) }}"}) {
        INFO(wrong);
        CHECK_THROWS_AS(render(wrong), Error);
    }
}

TEST_CASE("Hostile templates end with an error", "[text]") {
    const std::string many(100000, '(');
    std::string nots, ifs, sum = "1", filters = "{{ n";
    for (int i = 0; i < 20000; ++i) {
        nots += "not ";
        ifs += "{% if t %}";
        sum += "+1";
        filters += "|abs";
    }
    for (const std::string& source :
         {"{{ " + many, "{{ " + std::string(50000, '[') + std::string(50000, ']') + " }}", "{{ " + nots + "t }}", ifs,
          "{{ " + sum + " }}", filters + " }}", "{{ " + std::string(50000, '-') + "1 }}",
          std::string("{% for i in range(1000000000) %}{% endfor %}"),
          std::string("{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}"),
          std::string("{{ 'a' * 100000000000 }}"),
          std::string(
              "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}"),
          std::string("{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}"),
          std::string("{% set ns = namespace() %}{% set ns.me = ns %}"),
          std::string("{% set ns = namespace() %}{% set ns.me = [ns] %}"),
          std::string("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), std::string("{{ 2 ** 100000000000 }}"),
          std::string("{{ 1 ** 100000000000 }}"), std::string("{{ 'a' | indent(1000000000) * 1000000 }}")}) {
        INFO(source.substr(0, 60));
        CHECK_THROWS_AS(render(source), Error);
    }
}

TEST_CASE("Every byte keeps the mark of where it came from", "[text]") {
    const auto marks = [](const std::string& source) {
        const MarkedText out = render(source);
        std::string shown;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (out.marks()[i] == '1') shown += out.bytes()[i];
        }
        return shown; // what is the template's own
    };
    CHECK(marks("<a>{{ text }}<b>") == "<a><b>");
    CHECK(marks("{{ '<' + text | trim + '>' }}") == "<>");
    CHECK(marks("{{ ('[' ~ text ~ ']') | upper }}") == "[]");
    CHECK(marks("{{ ('[' ~ text ~ ']')[0] }}{{ ('[' ~ text ~ ']')[1:] }}") == "[]");
    CHECK(marks("{{ text.replace('two', '<2>') }}") == "<2>");
    CHECK(marks("{{ ('x' ~ text).replace('x', 'y') }}") == "y");
    CHECK(marks("{{ words | join('|') }}") == "|||");
    CHECK(marks("{{ text.split() | join }}").empty());
    CHECK(marks("{{ person | tojson }}").empty());
    CHECK(marks("{% set b %}<{{ text }}>{% endset %}{{ b }}") == "<>");
    CHECK(marks("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(text) }}") == "<>");
    CHECK(marks("{% for c in text %}{{ c }}{% endfor %}").empty());
    CHECK(marks("{{ words }}").find("pear") == std::string::npos);
}
