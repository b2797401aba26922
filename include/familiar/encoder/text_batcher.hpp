#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/text/encoding.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::encoder {

/// Tokenises any number of examples and hands them on as ragged batches of bounded size, in their order. Long texts are
/// cut, longest first. Memory does not grow with the number of examples; nothing is allocated once the longest text and
/// the largest batch have been seen.
class TextBatcher {
  public:
    /// Tokens a batch holds at most (one sequence may hold more): enough for any number of threads, while activations
    /// of a model of 768 units stay below 200 MB.
    static constexpr std::size_t kMaxTokens = 16384;

    /// @param max_length tokens a text is cut at
    /// @param max_rows   examples a batch holds at most; 0 for no limit but kMaxTokens
    TextBatcher(const EncoderModel& model, ThreadPool& pool, std::size_t max_length, std::size_t max_rows)
        : model_(model), pool_(pool), max_rows_(max_rows != 0 ? max_rows : kWindow), workers_(pool.size()) {
        options_.max_length = max_length;
        options_.truncation = text::TruncationStrategy::longest_first;
    }

    /// Calls `use(batch, first)` with consecutive batches; `first` is the example that a batch's sequence 0 stands for.
    template <class Use> void for_each_batch(std::span<const Example> examples, Use&& use) {
        for (std::size_t window = 0; window < examples.size(); window += kWindow) {
            const auto some = examples.subspan(window, std::min(kWindow, examples.size() - window));
            tokenise(some);
            std::size_t first = 0;
            while (first < some.size()) {
                batch_.clear();
                std::size_t next = first;
                while (next < some.size() && next - first < max_rows_) {
                    if (next != first && batch_.tokens() + sequences_[next].ids.size() > kMaxTokens) break;
                    batch_.add(sequences_[next].ids, sequences_[next].types);
                    ++next;
                }
                use(static_cast<const RaggedBatch&>(batch_), window + first);
                first = next;
            }
        }
    }

  private:
    static constexpr std::size_t kWindow = 512; ///< examples tokenised at a time

    struct Sequence {
        std::vector<std::int32_t> ids;
        std::vector<std::uint8_t> types;
    };
    struct Worker {
        text::Encoding encoding;
        std::string first, second; ///< lower-cased texts
    };

    void tokenise(std::span<const Example> examples) {
        if (sequences_.size() < examples.size()) sequences_.resize(examples.size());
        pool_.run(examples.size(), [&](std::size_t i, std::size_t w) {
            Worker& worker = workers_[w];
            const Example& example = examples[i];
            std::string_view a = example.text, b = example.text_b ? std::string_view(*example.text_b) : "";
            if (model_.settings().lower_case) {
                a = lower_cased(a, worker.first);
                b = lower_cased(b, worker.second);
            }
            if (example.is_pair()) {
                model_.tokenizer().encode_pair(a, b, options_, worker.encoding);
            } else {
                model_.tokenizer().encode(a, options_, worker.encoding);
            }
            sequences_[i].ids.assign(worker.encoding.ids.begin(), worker.encoding.ids.end());
            sequences_[i].types.assign(worker.encoding.type_ids.begin(), worker.encoding.type_ids.end());
        });
    }

    static std::string_view lower_cased(std::string_view text, std::string& out) {
        out.clear();
        std::array<char32_t, 8> lower;
        std::array<char, 4> bytes;
        for (std::size_t at = 0; at < text.size();) {
            const auto decoded = text::decode_utf8(text, at);
            const std::size_t count = text::to_lower(decoded.character, lower);
            for (std::size_t i = 0; i < count; ++i) out.append(bytes.data(), text::encode_utf8(lower[i], bytes.data()));
            at += decoded.length;
        }
        return out;
    }

    const EncoderModel& model_;
    ThreadPool& pool_;
    std::size_t max_rows_;
    text::EncodeOptions options_;
    std::vector<Worker> workers_;
    std::vector<Sequence> sequences_;
    RaggedBatch batch_;
};

} // namespace familiar::encoder
