#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/data/output_sink.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/precision.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/encoder/transformer.hpp>
#include <familiar/profile/chrome_trace.hpp>
#include <familiar/profile/profile_summary.hpp>
#include <familiar/profile/roofline.hpp>
#include <familiar/weights/find_gguf.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace program {

namespace {

using namespace familiar;
using Json = nlohmann::ordered_json;

/// Sequences of equal length, as `8x128` spells them.
struct BatchShape {
    std::size_t sequences = 0, tokens = 0;

    [[nodiscard]] std::string text() const { return std::to_string(sequences) + "x" + std::to_string(tokens); }

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

class ProfileCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "profile"; }
    [[nodiscard]] std::string about() const override { return "Where the time of an encoder's forward pass goes"; }

    void declare(CLI::App& app) override {
        app.add_option("--model", model_, "Hugging Face or SentenceTransformers directory of an encoder")->required();
        app.add_option("--shape", shape_, "Sequences x tokens of the batch")
            ->capture_default_str()
            ->check([](const std::string& text) {
                return BatchShape::parse(text) ? std::string()
                                               : "\"" + text + "\" is no shape; two numbers are asked for, as in 8x128";
            });
        app.add_option("--passes", passes_, "Passes that are recorded")
            ->capture_default_str()
            ->check(CLI::Range(1, 100000));
        app.add_option("--precision", precision_, "Products of the encoder's layers")
            ->capture_default_str()
            ->check(CLI::IsMember({"f32", "f16", "bf16", "int8"}));
        app.add_flag("--first", first_, "Only what each sequence's first token gives is asked for, as classifiers do");
        app.add_option("--trace", trace_,
                       "Write the passes as a file for chrome://tracing or Perfetto (default: none)");
    }

    int run(const CommonOptions& common) override {
        if (weights::find_gguf(model_)) {
            throw Error(ErrorCode::unsupported_model, "is a .gguf file; profile knows encoders", model_.string(),
                        "Give the directory of an encoder");
        }
        const BatchShape shape = *BatchShape::parse(shape_);
        const auto pool = common.make_pool();
        const auto kernels = common.make_kernels();
        const auto model = encoder::EncoderModel::load(model_, *pool, encoder::parse_precision(precision_));
        encoder::Transformer transformer(model->config(), model->weights(), *pool, kernels);
        const auto batch = random_batch(shape, model->config().vocabulary);
        const auto pass = [&] {
            if (first_) {
                transformer.forward_first(batch);
            } else {
                transformer.forward(batch);
            }
        };
        pass(); // memory is allocated, weights are read
        profile::Recorder recorder(pool->size());
        transformer.record_to(&recorder);
        pass();
        recorder.clear();
        for (std::size_t i = 0; i < passes_; ++i) {
            cancellation().throw_if_requested();
            pass();
        }
        const double milliseconds = recorder.now() * 1e-3 / static_cast<double>(passes_);
        const profile::Limits limits{
            profile::Roofline::f32_flops(kernels.isa(), pool->size()), profile::Roofline::read_bandwidth(pool->size()),
            kernels.isa() >= kernels::Isa::avx512_vnni ? profile::Roofline::vnni_ops(pool->size()) : 0.0,
            kernels.isa() >= kernels::Isa::avx512_bf16 ? profile::Roofline::bf16_flops(pool->size()) : 0.0};
        const auto summary = profile::summarize(recorder, passes_, milliseconds, limits);

        if (!trace_.empty()) {
            data::OutputSink sink{trace_};
            sink.write_line(profile::chrome_trace(recorder, "familiar " + shape.text()).dump());
            sink.finish();
        }
        data::OutputSink sink;
        if (common.json) {
            sink.write_line(json_of(summary, limits, kernels, pool->size()).dump(2));
        } else {
            print(sink, summary, limits, kernels, pool->size());
        }
        sink.finish();
        return kDone;
    }

  private:
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
        sink.write_line(fmt::format("{}, {}, {}, {} thread{}: {:.3f} ms a pass, {:.1f} GFLOP/s, {:.0f} % of the limit "
                                    "({:.0f} GFLOP/s, {:.1f} GB/s)",
                                    shape_, precision_, kernels.name(), threads, threads == 1 ? "" : "s",
                                    s.milliseconds, s.flops * 1e-9, 100.0 * s.roofline, limits.flops * 1e-9,
                                    limits.bandwidth * 1e-9));
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
    std::string shape_ = "8x128", precision_ = "f32";
    std::size_t passes_ = 10;
    bool first_ = false;
};

} // namespace

std::unique_ptr<Command> make_profile_command() {
    return std::make_unique<ProfileCommand>();
}

} // namespace program
