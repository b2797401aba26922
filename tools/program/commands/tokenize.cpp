#include "../command.hpp"
#include "../json_text.hpp"
#include "../row_files.hpp"

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/open_tokenizer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace program {

namespace {

namespace text = familiar::text;

class TokenizeCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "tokenize"; }
    [[nodiscard]] std::string about() const override { return "Texts to token ids, tokens, byte offsets and type ids"; }

    void declare(CLI::App& app) override {
        app.add_option("--model", model_, "Hugging Face directory, tokenizer.json or .gguf file")->required();
        files_.declare(app);
        app.add_flag("--parse-special", parse_special_, "Special tokens in the text count as such (default: off)");
        app.add_flag("--no-special-tokens", no_special_tokens_,
                     "Add none of the model's special tokens (default: off)");
        app.add_option("--max-length", max_length_,
                       "Cut at this many tokens, special ones counted, longest text first (default: nothing is cut)")
            ->check(CLI::Range(1, 1 << 30));
    }

    int run(const CommonOptions& common) override {
        const text::AnyTokenizer tokenizer = text::open_tokenizer(model_);
        TextRows rows(files_.input, kChunk);
        text::EncodeOptions options;
        options.add_special_tokens = !no_special_tokens_;
        options.parse_special = parse_special_;
        options.max_length = max_length_;

        const auto pool = common.make_pool();
        ProgressDisplay progress(common.quiet);
        RowOutput output(files_.output, common);
        std::vector<text::Encoding> encodings(pool->size());
        std::vector<std::string> lines(kChunk), errors(kChunk);
        while (rows.next()) {
            cancellation().throw_if_requested();
            const std::size_t count = rows.rows.size();
            pool->run(count, [&](std::size_t i, std::size_t worker) {
                errors[i].clear();
                lines[i] = encode_row(tokenizer, options, rows, i, encodings[worker], errors[i]);
            });
            for (std::size_t i = 0; i < count; ++i) {
                errors[i].empty() ? output.write(lines[i]) : output.write_failed(lines[i], errors[i]);
            }
            progress.show({"tokenize", rows.done(), rows.size()});
        }
        return output.finish();
    }

  private:
    static constexpr std::size_t kChunk = 4096; // rows between two writes: enough to keep the threads busy

    static std::string encode_row(const text::AnyTokenizer& tokenizer, const text::EncodeOptions& options,
                                  const TextRows& rows, std::size_t row, text::Encoding& encoding, std::string& error) {
        RowText line(rows.rows[row].value);
        const familiar::Example& example = rows.examples[row];
        try {
            if (example.is_pair()) {
                tokenizer.encode_pair(example.text, *example.text_b, options, encoding);
            } else {
                tokenizer.encode(example.text, options, encoding);
            }
        } catch (const familiar::Error& failure) {
            error = failure.what();
            line.error(error);
            return std::move(line).finish();
        }
        append_numbers(line.key("ids"), encoding.ids);
        auto spelled = encoding.spelled.begin();
        std::size_t index = 0;
        append_array(line.key("tokens"), encoding.ids, [&](std::string& out, std::int32_t id) {
            const bool is_spelled = spelled != encoding.spelled.end() && spelled->index == index;
            ++index;
            append_string(out, is_spelled ? std::string_view((spelled++)->text) : tokenizer.token(id));
        });
        append_array(line.key("offsets"), encoding.offsets, [](std::string& out, text::ByteRange range) {
            append_numbers(out, std::initializer_list<std::uint32_t>{range.begin, range.end});
        });
        append_array(line.key("type_ids"), encoding.type_ids,
                     [](std::string& out, std::uint8_t type) { append_number(out, static_cast<int>(type)); });
        return std::move(line).finish();
    }

    std::string model_;
    RowFileOptions files_;
    bool parse_special_ = false, no_special_tokens_ = false;
    std::optional<std::size_t> max_length_;
};

} // namespace

std::unique_ptr<Command> make_tokenize_command() {
    return std::make_unique<TokenizeCommand>();
}

} // namespace program
