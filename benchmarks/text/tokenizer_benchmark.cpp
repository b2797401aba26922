#include "support/resources.hpp"

#include <familiar/data/jsonl.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/gguf.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace familiar;

std::vector<std::string> read_texts(const std::vector<std::string>& files) {
    std::vector<std::string> out;
    for (const std::string& file : files) {
        const auto path = benchmarks::dataset(file);
        if (!path) continue;
        for (const auto& row : data::read_jsonl(*path)) {
            for (const char* const key : {"text", "text_a", "text_b"}) {
                if (row.value.contains(key)) out.push_back(row.value.at(key).get<std::string>());
            }
        }
    }
    return out;
}

/// Real sentences: the train splits of SST-2 and AG News.
const std::vector<std::string>& english() {
    static const auto loaded = read_texts({"sst2/train.jsonl", "ag_news/train.jsonl"});
    return loaded;
}

/// Real sentences of eight scripts and more languages: XNLI's dev splits.
const std::vector<std::string>& languages() {
    static const auto loaded = [] {
        std::vector<std::string> files;
        for (const char* const code :
             {"ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"})
            files.push_back("xnli_" + std::string(code) + "/dev.jsonl");
        return read_texts(files);
    }();
    return loaded;
}

/// Bytes a second of one thread through `encode`, the same texts again and again.
template <class Encode>
void run(benchmark::State& state, const std::optional<text::AnyTokenizer>& tokenizer,
         const std::vector<std::string>& sentences, Encode&& encode) {
    if (!benchmarks::is_here(state, tokenizer, "the model")) return;
    if (!benchmarks::is_here(state, !sentences.empty(), "a data set (sst2, ag_news; xnli_…)")) return;
    std::size_t bytes = 0, tokens = 0;
    for (const auto& sentence : sentences) bytes += sentence.size();
    for (auto _ : state) {
        tokens = 0;
        for (const auto& sentence : sentences) tokens += encode(*tokenizer, sentence);
        benchmark::DoNotOptimize(tokens);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * static_cast<std::int64_t>(state.iterations()));
    state.counters["bytes/token"] = static_cast<double>(bytes) / static_cast<double>(tokens);
}

std::optional<text::AnyTokenizer> word_piece() {
    for (const auto& path : {benchmarks::model("minilm/tokenizer.json"),
                             benchmarks::golden("tokenizers/minilm_wordpiece/tokenizer.json")}) {
        if (path) return text::load_tokenizer(*path);
    }
    return std::nullopt;
}

std::optional<text::AnyTokenizer> byte_level() {
    for (const auto& path : {benchmarks::model("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"),
                             benchmarks::golden("tokenizers/gguf_smollm2/vocabulary.gguf")}) {
        if (path) return text::gguf_tokenizer(weights::Gguf::open(*path));
    }
    return std::nullopt;
}

std::optional<text::AnyTokenizer> unigram() {
    for (const auto& path : {benchmarks::model("e5-small/tokenizer.json"),
                             benchmarks::golden("tokenizers/xlmr_unigram_16k/tokenizer.json")}) {
        if (path) return text::load_tokenizer(*path);
    }
    return std::nullopt;
}

std::size_t ids_only(const text::AnyTokenizer& tokenizer, const std::string& sentence) {
    thread_local std::vector<std::int32_t> ids;
    tokenizer.encode_ids(sentence, {}, ids);
    return ids.size();
}

std::size_t with_ranges(const text::AnyTokenizer& tokenizer, const std::string& sentence) {
    thread_local text::Encoding encoding;
    tokenizer.encode(sentence, {}, encoding);
    return encoding.size();
}

void word_piece_ids(benchmark::State& state) {
    static const auto tokenizer = word_piece();
    run(state, tokenizer, english(), ids_only);
}
void word_piece_ranges(benchmark::State& state) {
    static const auto tokenizer = word_piece();
    run(state, tokenizer, english(), with_ranges);
}
void byte_level_ids(benchmark::State& state) {
    static const auto tokenizer = byte_level();
    run(state, tokenizer, english(), ids_only);
}
void byte_level_ranges(benchmark::State& state) {
    static const auto tokenizer = byte_level();
    run(state, tokenizer, english(), with_ranges);
}
void unigram_ids(benchmark::State& state) {
    static const auto tokenizer = unigram();
    run(state, tokenizer, languages(), ids_only);
}
void unigram_ranges(benchmark::State& state) {
    static const auto tokenizer = unigram();
    run(state, tokenizer, languages(), with_ranges);
}

BENCHMARK(word_piece_ids)->Name("text/encode/model:minilm/out:ids")->Unit(benchmark::kMillisecond);
BENCHMARK(word_piece_ranges)->Name("text/encode/model:minilm/out:ranges")->Unit(benchmark::kMillisecond);
BENCHMARK(byte_level_ids)->Name("text/encode/model:smollm2/out:ids")->Unit(benchmark::kMillisecond);
BENCHMARK(byte_level_ranges)->Name("text/encode/model:smollm2/out:ranges")->Unit(benchmark::kMillisecond);
BENCHMARK(unigram_ids)->Name("text/encode/model:e5-small/out:ids")->Unit(benchmark::kMillisecond);
BENCHMARK(unigram_ranges)->Name("text/encode/model:e5-small/out:ranges")->Unit(benchmark::kMillisecond);

} // namespace
