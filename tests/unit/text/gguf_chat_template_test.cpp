#include <familiar/text/gguf_chat_template.hpp>

#include "unit/text/small_gguf_vocabulary.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using Catch::Contains;

namespace {

using Ids = std::vector<std::int32_t>;

std::optional<text::ChatTemplate> open(const tests::SmallGgufVocabulary& vocabulary) {
    const tests::ScratchFolder folder;
    const auto gguf = weights::Gguf::open(folder.write("small.gguf", vocabulary.bytes()));
    return text::gguf_chat_template(gguf, text::gguf_tokenizer(gguf));
}

const std::vector<text::ChatMessage> kMessages{{text::Role::user, "ab"}};

} // namespace

TEST_CASE("A GGUF file's template knows the file's own BOS and EOS", "[text]") {
    tests::SmallGgufVocabulary vocabulary;
    vocabulary.chat_template = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}";
    CHECK(open(vocabulary)->encode(kMessages) == Ids{0, 5, 1});
    vocabulary.eos = 99; // a token that is not there has no spelling
    CHECK(open(vocabulary)->encode(kMessages) == Ids{0, 5});
}

TEST_CASE("A GGUF file without a template has none", "[text]") {
    CHECK_FALSE(open({}).has_value());
}

TEST_CASE("A template that is not understood is refused with file and line, in print", "[text]") {
    tests::SmallGgufVocabulary vocabulary;
    vocabulary.chat_template = "a\n{% \xff %}";
    CHECK_THROWS_WITH(open(vocabulary), Contains("small.gguf, tokenizer.chat_template, line 2") && Contains("`\\xff`"));
    vocabulary.chat_template = "{{ raise_exception('\xff' ~ messages[0].content) }}";
    CHECK_THROWS_WITH(open(vocabulary)->encode(kMessages), Contains("\\xffab"));
}
