#include "../command.hpp"
#include "../decoder_passes.hpp"
#include "../exit_status.hpp"

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/data/output_sink.hpp>
#include <familiar/decoder/activations.hpp>
#include <familiar/decoder/families.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/precision.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/encoder/transformer.hpp>
#include <familiar/profile/chrome_trace.hpp>
#include <familiar/profile/profile_summary.hpp>
#include <familiar/profile/roofline.hpp>
#include <familiar/weights/find_gguf.hpp>
#include <familiar/weights/json_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace program {

namespace {

using namespace familiar;
using Json = nlohmann::ordered_json;

/// Sequences of equal length, as `8x128` spells them.
struct BatchShape {
    std::size_t sequences = 0, tokens = 0;

    static std::optional<BatchShape> parse(const std::string& text) {
        constexpr std::size_t kMostTokens = std::size_t{1} << 22;
        const std::size_t cross = text.find('x');
        BatchShape shape;
        const auto number = [](const char* begin, const char* end, std::size_t& value) {
            const auto result = std::from_chars(begin, end, value);
            return result.ec == std::errc() && result.ptr == end && value > 0 && value <= kMostTokens;
        };
        const char* const begin = text.data();
        if (cross == std::string::npos || !number(begin, begin + cross, shape.sequences) ||
            !number(begin + cross + 1, begin + text.size(), shape.tokens) ||
            shape.sequences * shape.tokens > kMostTokens) {
            return std::nullopt;
        }
        return shape;
    }
};

encoder::RaggedBatch random_batch(BatchShape shape, std::size_t vocabulary) {
    Random random(0, "profile");
    encoder::RaggedBatch batch;
    std::vector<std::int32_t> ids(shape.tokens);
    const std::vector<std::uint8_t> types(shape.tokens, 0);
    for (std::size_t i = 0; i < shape.sequences; ++i) {
        for (auto& id : ids) id = static_cast<std::int32_t>(random.below(vocabulary));
        batch.add(ids, types);
    }
    return batch;
}

/// A pass of an encoder.
class EncoderPasses {
  public:
    EncoderPasses(const std::filesystem::path& path, ThreadPool& pool, kernels::Dispatched kernels,
                  encoder::Precision precision, BatchShape shape, bool first)
        : model_(encoder::EncoderModel::load(path, pool, precision)),
          transformer_(model_->config(), model_->weights(), pool, kernels),
          batch_(random_batch(shape, model_->config().vocabulary)), first_(first) {}

    void record_to(profile::Recorder* recorder) noexcept { transformer_.record_to(recorder); }
    void pass() {
        if (first_) {
            transformer_.forward_first(batch_);
        } else {
            transformer_.forward(batch_);
        }
    }

  private:
    std::shared_ptr<const encoder::EncoderModel> model_;
    encoder::Transformer<kernels::Dispatched> transformer_;
    encoder::RaggedBatch batch_;
    bool first_;
};

class ProfileCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "profile"; }
    [[nodiscard]] std::string about() const override {
        return "Where the time of an encoder's or a language model's pass goes";
    }

    void declare(CLI::App& app) override {
        app.add_option("--model", model_, ".gguf file, or a directory of a language model or an encoder")->required();
        app.add_option("--shape", shape_, "Sequences x tokens of the batch; of texts that go on: those before them")
            ->capture_default_str()
            ->check([](const std::string& text) {
                return BatchShape::parse(text) ? std::string()
                                               : "\"" + text + "\" is no shape; two numbers are asked for, as in 8x128";
            });
        app.add_option("--passes", passes_, "Passes that are recorded")
            ->capture_default_str()
            ->check(CLI::Range(1, 100000));
        app.add_option(
               "--precision", precision_,
               "Products of the layers (default: f32 of encoders, int8 of language models, which have these two)")
            ->check(CLI::IsMember({"f32", "f16", "bf16", "int8"}));
        app.add_option("--phase", phase_,
                       "Of a language model: prefill, prompts until the logits are there, or decode, one token each")
            ->capture_default_str()
            ->check(CLI::IsMember({"prefill", "decode"}));
        app.add_flag("--first", first_, "Only what each sequence's first token gives is asked for, as classifiers do");
        app.add_option("--trace", trace_,
                       "Write the passes as a file for chrome://tracing or Perfetto (default: none)");
    }

    int run(const CommonOptions& common) override {
        const BatchShape shape = *BatchShape::parse(shape_);
        const auto pool = common.make_pool();
        const auto kernels = common.make_kernels();
        is_decoder_ = holds_decoder(model_);
        if (precision_.empty()) precision_ = is_decoder_ ? "int8" : "f32";
        if (is_decoder_ && first_) {
            throw Error(ErrorCode::invalid_argument, "is about encoders; this is a language model", "--first");
        }
        if (!is_decoder_) {
            EncoderPasses passes(model_, *pool, kernels, encoder::parse_precision(precision_), shape, first_);
            return measure(passes, common, *pool, kernels);
        }
        DecoderPasses passes(model_, *pool, kernels, decoder::parse_activations(precision_),
                             phase_ == "decode" ? DecoderPhase::decode : DecoderPhase::prefill, shape.sequences,
                             shape.tokens);
        return measure(passes, common, *pool, kernels);
    }

  private:
    /// A .gguf file, or a directory whose config.json names a family of language models.
    static bool holds_decoder(const std::filesystem::path& path) {
        if (weights::find_gguf(path)) return true;
        std::error_code failure;
        if (!std::filesystem::exists(path / "config.json", failure)) return false;
        const auto type = weights::JsonFile(path / "config.json").find_string("model_type");
        return type && std::any_of(decoder::kFamilies.begin(), decoder::kFamilies.end(),
                                   [&](const decoder::Family& family) { return family.model_type == *type; });
    }

    template <class Passes>
    int measure(Passes& passes, const CommonOptions& common, ThreadPool& pool, const kernels::Dispatched& kernels) {
        passes.pass(); // memory is allocated, weights are read
        profile::Recorder recorder(pool.size());
        passes.record_to(&recorder);
        passes.pass();
        recorder.clear();
        for (std::size_t i = 0; i < passes_; ++i) {
            cancellation().throw_if_requested();
            passes.pass();
        }
        const double milliseconds = recorder.now() * 1e-3 / static_cast<double>(passes_);
        const profile::Limits limits{
            profile::Roofline::f32_flops(kernels.isa(), pool.size()), profile::Roofline::read_bandwidth(pool.size()),
            kernels.isa() >= kernels::Isa::avx512_vnni ? profile::Roofline::vnni_ops(pool.size()) : 0.0,
            kernels.isa() >= kernels::Isa::avx512_bf16 ? profile::Roofline::bf16_flops(pool.size()) : 0.0};
        const auto summary = profile::summarize(recorder, passes_, milliseconds, limits);

        if (!trace_.empty()) {
            data::OutputSink sink{trace_};
            sink.write_line(profile::chrome_trace(recorder, "familiar " + shape_).dump());
            sink.finish();
        }
        data::OutputSink sink;
        if (common.json) {
            sink.write_line(json_of(summary, limits, kernels, pool.size()).dump(2));
        } else {
            print(sink, summary, limits, kernels, pool.size());
        }
        sink.finish();
        return kDone;
    }

    Json json_of(const profile::ProfileSummary& s, const profile::Limits& limits, const kernels::Dispatched& kernels,
                 std::size_t threads) const {
        Json json{{"model", model_.string()},
                  {"shape", shape_},
                  {"isa", kernels.name()},
                  {"threads", threads},
                  {"passes", passes_},
                  {"milliseconds", s.milliseconds},
                  {"flops", s.flops},
                  {"share_of_limit", s.roofline},
                  {"precision", precision_},
                  {"phase", is_decoder_ ? Json(phase_) : Json()},
                  {"limits",
                   {{"flops", limits.flops},
                    {"integer_ops", limits.integer_ops > 0.0 ? Json(limits.integer_ops) : Json()},
                    {"bf16_flops", limits.bf16_flops > 0.0 ? Json(limits.bf16_flops) : Json()},
                    {"bytes_per_second", limits.bandwidth}}},
                  {"idle_milliseconds", s.idle},
                  {"operations", Json::array()}};
        for (const auto& row : s.rows) {
            json["operations"].push_back({{"operation", row.name},
                                          {"shape", {row.rows, row.outputs, row.inputs}},
                                          {"isa", kernels.name()},
                                          {"calls", row.calls},
                                          {"milliseconds", row.milliseconds},
                                          {"share", row.share},
                                          {"flops", row.flops > 0.0 ? Json(row.flops) : Json()},
                                          {"roofline", row.roofline > 0.0 ? Json(row.roofline) : Json()}});
        }
        return json;
    }

    void print(data::OutputSink& sink, const profile::ProfileSummary& s, const profile::Limits& limits,
               const kernels::Dispatched& kernels, std::size_t threads) const {
        sink.write_line(
            fmt::format("{}{}, {}, {}, {} thread{}: {:.3f} ms a pass, {:.1f} GFLOP/s, {:.0f} % of the limit "
                        "({:.0f} GFLOP/s, {:.1f} GB/s)",
                        is_decoder_ ? phase_ + " " : std::string(), shape_, precision_, kernels.name(), threads,
                        threads == 1 ? "" : "s", s.milliseconds, s.flops * 1e-9, 100.0 * s.roofline,
                        limits.flops * 1e-9, limits.bandwidth * 1e-9));
        sink.write_line(fmt::format("{:<24} {:>22} {:<12} {:>10} {:>7} {:>9} {:>9}", "operation",
                                    "rows x outputs x inputs", "isa", "ms", "time", "GFLOP/s", "roofline"));
        for (const auto& row : s.rows) {
            const auto shape = fmt::format("{} x {} x {}", row.rows, row.outputs, row.inputs);
            sink.write_line(fmt::format("{:<24} {:>23} {:<12} {:>10.3f} {:>5.1f} % {:>9} {:>9}", row.name, shape,
                                        kernels.name(), row.milliseconds, 100.0 * row.share,
                                        row.flops > 0.0 ? fmt::format("{:.1f}", row.flops * 1e-9) : "",
                                        row.roofline > 0.0 ? fmt::format("{:.0f} %", 100.0 * row.roofline) : ""));
        }
        sink.write_line(fmt::format("{:<24} {:>23} {:<12} {:>10.3f} {:>5.1f} %", "idle, sharing out", "", "", s.idle,
                                    100.0 * s.idle / s.milliseconds));
    }

    std::filesystem::path model_, trace_;
    std::string shape_ = "8x128", precision_, phase_ = "prefill";
    std::size_t passes_ = 10;
    bool first_ = false, is_decoder_ = false;
};

} // namespace

std::unique_ptr<Command> make_profile_command() {
    return std::make_unique<ProfileCommand>();
}

} // namespace program
