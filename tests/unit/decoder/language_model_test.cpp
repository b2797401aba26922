#include "talking_model.hpp"

#include <familiar/decoder/language_model.hpp>
#include <familiar/kernels/reference.hpp>

#include <support/error_of.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace familiar;
using tests::byte_id;
using tests::byte_ids;
using tests::code_of;
using tests::TinyModel;
using text::ChatMessage;
using text::Role;

namespace {

using Tokens = std::vector<std::int32_t>;
using Model = decoder::LanguageModel<kernels::Reference>;

struct Loaded {
    explicit Loaded(const TinyModel& tiny, const char* name = "talking.gguf")
        : pool(2), model(tiny.write(name), pool) {}
    ThreadPool pool;
    Model model;
};

Tokens joined(std::initializer_list<Tokens> parts) {
    Tokens all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

TEST_CASE("prompts, continuations and messages become ids by the file's rules") {
    TinyModel tiny = tests::talking_model();
    Loaded plain(tiny);
    CHECK(plain.model.encode_prompt("a good") == Tokens{byte_id('a'), byte_id(' '), 261});
    CHECK(plain.model.encode_prompt("<|im_end|>").size() == 10);
    CHECK(plain.model.encode_prompt("<|im_end|>", true) == Tokens{2});
    tiny.metadata["tokenizer.ggml.add_bos_token"] = true;
    Loaded with_bos(tiny, "with_bos.gguf");
    CHECK(with_bos.model.encode_prompt("a") == Tokens{1, byte_id('a')});
    CHECK(with_bos.model.encode_continuation("a") == Tokens{byte_id('a')});

    const std::vector<ChatMessage> messages{{Role::user, "hi<|im_end|>"}};
    const Tokens question = joined({{1}, byte_ids("user\nhi<|im_end|>"), {2}, byte_ids("\n")});
    CHECK(plain.model.encode_messages(messages, false) == question);
    CHECK(plain.model.encode_messages(messages) == joined({question, {1}, byte_ids("assistant\n")}));
    CHECK(plain.model.encode_messages(messages, false, true) ==
          joined({{1}, byte_ids("user\nhi"), {2, 2}, byte_ids("\n")}));
}

TEST_CASE("a text of a prompt and its ids give the same, and choices come out as written") {
    const TinyModel tiny = tests::talking_model();
    Loaded loaded(tiny);
    const Tokens ids = loaded.model.encode_prompt("a good film is");
    decoder::GenerationOptions options;
    options.max_tokens = 6;
    options.top = 3;
    const auto out = loaded.model.complete(ids, options).value();
    CHECK(out.text == loaded.model.tokenizer()->decode(out.tokens));
    CHECK(out.top.size() == 3);

    const std::vector<std::string> choices{" good", "bad", "x"};
    const auto scores = loaded.model.score(ids, choices).value();
    REQUIRE(scores.logprobs.size() == 3);
    for (std::size_t c = 0; c < choices.size(); ++c) {
        const Tokens candidate = loaded.model.encode_continuation(choices[c]);
        CHECK(scores.logprobs[c] == Approx(tests::log_probability(tiny, ids, candidate)).margin(1e-4));
    }
    const auto best = std::max_element(scores.logprobs.begin(), scores.logprobs.end()) - scores.logprobs.begin();
    const auto chosen = loaded.model.choose(ids, choices).value();
    CHECK(chosen.text == choices[static_cast<std::size_t>(best)]);
    CHECK(chosen.finish_reason == decoder::FinishReason::stop);
    CHECK(loaded.model.choose(ids, std::vector<std::string>{"a", ""}).failure().code == ErrorCode::invalid_argument);
}

TEST_CASE("the text that is told piece by piece is the whole text, no character in parts") {
    const TinyModel tiny = tests::talking_model();
    Loaded loaded(tiny);
    decoder::GenerationOptions options;
    options.max_tokens = 40;
    options.sampling.temperature = 1.0;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        options.sampling.seed = seed;
        std::string told;
        std::size_t pieces = 0;
        const auto out = loaded.model.complete(byte_ids("text"), options, 0, [&](std::string_view piece) {
            told += piece;
            ++pieces;
        });
        CHECK(told == *out.value().text);
        CHECK(pieces > 1);
    }
}

TEST_CASE("end tokens are those of the file and control tokens that are spelled like one") {
    TinyModel tiny = tests::talking_model();
    Loaded loaded(tiny);
    CHECK(Tokens(loaded.model.end_tokens().begin(), loaded.model.end_tokens().end()) == Tokens{0, 2});
    tiny.metadata["tokenizer.ggml.eot_token_id"] = 7U;
    Loaded other(tiny, "other.gguf");
    CHECK(Tokens(other.model.end_tokens().begin(), other.model.end_tokens().end()) == Tokens{0, 2, 7});
    CHECK(other.model.token_text(2) == "<|im_end|>");
    CHECK(other.model.token_text(261) == "good");
}

TEST_CASE("a model without a tokenizer takes and gives ids only") {
    const TinyModel tiny;
    Loaded loaded(tiny, "mute.gguf");
    CHECK(loaded.model.tokenizer() == nullptr);
    const auto out = loaded.model.complete(Tokens{1, 2, 3}).value();
    CHECK(out.tokens.size() == 64);
    CHECK(out.text == std::nullopt);
    CHECK(loaded.model.token_text(5) == std::nullopt);
    CHECK(code_of([&] { static_cast<void>(loaded.model.encode_prompt("a")); }) == ErrorCode::unsupported_model);
    const std::vector<ChatMessage> messages{{Role::user, "a"}};
    CHECK(code_of([&] { static_cast<void>(loaded.model.encode_messages(messages)); }) == ErrorCode::unsupported_model);
    decoder::GenerationOptions options;
    options.stop = {"a"};
    CHECK(loaded.model.complete(Tokens{1}, options).failure().code == ErrorCode::invalid_argument);
}

TEST_CASE("a template that is not understood is an error only where it is needed") {
    TinyModel tiny = tests::talking_model();
    tiny.metadata["tokenizer.chat_template"] = "{% frobnicate %}";
    Loaded loaded(tiny, "odd.gguf");
    CHECK_FALSE(loaded.model.has_chat_template());
    CHECK(loaded.model.complete(byte_ids("a")).has_value());
    const std::vector<ChatMessage> messages{{Role::user, "a"}};
    CHECK_THROWS_WITH(loaded.model.encode_messages(messages), Catch::Contains("odd.gguf"));
}

TEST_CASE("a directory with one file stands for it") {
    const auto file = tests::talking_model().write("talking.gguf");
    const auto folder = file.parent_path() / "only";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "readme.md") << "x";
    ThreadPool pool(1);
    CHECK(code_of([&] { Model(folder, pool); }) == ErrorCode::file_not_found);
    CHECK(code_of([&] { Model(folder / "gone", pool); }) == ErrorCode::file_not_found);
    std::filesystem::copy_file(file, folder / "a.gguf", std::filesystem::copy_options::overwrite_existing);
    CHECK(Model(folder, pool).name() == "a.gguf");
    std::filesystem::copy_file(file, folder / "b.gguf", std::filesystem::copy_options::overwrite_existing);
    CHECK(code_of([&] { Model(folder, pool); }) == ErrorCode::unsupported_model);
    std::filesystem::remove_all(folder);
}

TEST_CASE("an identity names what a file holds and not where it lies") {
    TinyModel tiny = tests::talking_model();
    const auto identity = [&](const char* name) {
        ThreadPool pool(1);
        return Model(tiny.write(name), pool).identity();
    };
    const std::string first = identity("same.gguf");
    CHECK(first == identity("same.gguf"));
    CHECK_THAT(first, Catch::StartsWith("same.gguf:"));
    CHECK(first.find('/') == std::string::npos);
    tiny.tensors["blk.1.ffn_up.weight"].values[0] += 1.0F;
    const std::string second = identity("same.gguf");
    CHECK(second != first);
    tiny.metadata["llama.rope.freq_base"] = 20000.0F;
    CHECK(identity("same.gguf") != second);
}
