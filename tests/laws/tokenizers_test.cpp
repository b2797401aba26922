#include "laws/tokenizer_laws.hpp"

#include "support/resources.hpp"

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/text/open_tokenizer.hpp>

using namespace familiar;

TEST_CASE("Tokenizers: the laws hold for WordPiece") {
    REQUIRE_RESOURCE(folder, golden("encoders/bert"));
    laws::check_tokenizer_laws(text::load_tokenizer(folder));
}

TEST_CASE("Tokenizers: the laws hold for MiniLM's") {
    REQUIRE_RESOURCE(folder, model("minilm"));
    laws::check_tokenizer_laws(text::load_tokenizer(folder));
}

TEST_CASE("Tokenizers: the laws hold for a GGUF vocabulary") {
    REQUIRE_RESOURCE(file, golden("decoders/gguf_mixed/model.gguf"));
    laws::check_tokenizer_laws(text::open_tokenizer(file));
}
