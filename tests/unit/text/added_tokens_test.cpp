#include <familiar/text/added_tokens.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::text;

namespace {

AddedToken special(std::string content, std::int32_t id) {
    return {std::move(content), id, true};
}

/// `text` for stretches, `<id>text` for tokens.
std::vector<std::string> parts(const AddedTokens& tokens, const std::string& text, bool parse_special) {
    std::vector<std::string> out;
    tokens.split(
        text, parse_special,
        [&](std::size_t begin, std::size_t end) { out.push_back(text.substr(begin, end - begin)); },
        [&](const AddedToken& token, std::size_t begin, std::size_t end) {
            out.push_back("<" + std::to_string(token.id) + ">" + text.substr(begin, end - begin));
        });
    return out;
}

std::vector<std::string> marked_parts(const AddedTokens& tokens, const std::string& text, const std::string& marks) {
    std::vector<std::string> out;
    tokens.split_marked(
        text, marks, [&](std::size_t begin, std::size_t end) { out.push_back(text.substr(begin, end - begin)); },
        [&](const AddedToken& token, std::size_t, std::size_t) {
            out.push_back("<" + std::to_string(token.id) + ">");
        });
    return out;
}

using Parts = std::vector<std::string>;

} // namespace

TEST_CASE("Special tokens are text unless asked for", "[text]") {
    const AddedTokens tokens({special("[SEP]", 7)});
    CHECK(parts(tokens, "a[SEP]b", false) == Parts{"a[SEP]b"});
    CHECK(parts(tokens, "a[SEP]b", true) == Parts{"a", "<7>[SEP]", "b"});
    CHECK(parts(tokens, "", true).empty());
    CHECK(tokens.is_special(7));
    CHECK_FALSE(tokens.is_special(8));
}

TEST_CASE("Ordinary added tokens are found always, the longest of those that start leftmost", "[text]") {
    const AddedTokens tokens({{"ab", 1}, {"abc", 2}, {"bcd", 3}});
    CHECK(parts(tokens, "xabcdab", false) == Parts{"x", "<2>abc", "d", "<1>ab"});
}

TEST_CASE("A token may take the white space beside it, of any kind", "[text]") {
    AddedToken mask = special("<m>", 1);
    mask.left_strip = true;
    CHECK(parts(AddedTokens({mask}), "a \u00a0\t<m> b", true) == Parts{"a", "<1> \u00a0\t<m>", " b"});
    mask.left_strip = false;
    mask.right_strip = true;
    CHECK(parts(AddedTokens({mask}), "<m><m>  <m>b", true) == Parts{"<1><m>", "<1><m>  ", "<1><m>", "b"});
}

TEST_CASE("A token for whole words is not found inside of one", "[text]") {
    AddedToken cat{"cat", 1};
    cat.single_word = true;
    const AddedTokens tokens({cat});
    CHECK(parts(tokens, "concat cat cats \u00e9cat cat!", false) ==
          Parts{"concat ", "<1>cat", " cats \u00e9cat ", "<1>cat", "!"});
}

TEST_CASE("In marked text a special token counts where every byte of it is trusted", "[text]") {
    const AddedTokens tokens({special("<e>", 1), special("<e>x", 2), special("q<e", 3)});
    CHECK(marked_parts(tokens, "<e>a<e>", "1110000") == Parts{"<1>", "a<e>"});
    CHECK(marked_parts(tokens, "<e>", "110") == Parts{"<e>"});
    // The longest one reaches into the message: the shorter one, which does not, counts.
    CHECK(marked_parts(tokens, "<e>x", "1110") == Parts{"<1>", "x"});
    // One that starts in the message must not swallow the template's own.
    CHECK(marked_parts(tokens, "q<e>", "0111") == Parts{"q", "<1>"});
}
