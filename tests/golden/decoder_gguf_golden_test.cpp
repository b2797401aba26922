#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/weights/load.hpp>
#include <familiar/weights/safetensors.hpp>

#include <support/resources.hpp>
#include <unit/decoder/tiny_model.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using nlohmann::json;
using tests::golden;
using tests::TinyModel;

namespace {

using Tensor = TinyModel::Tensor;
using Rows = std::vector<std::size_t>;

std::size_t row_size(const Tensor& tensor) {
    return tensor.values.size() / tensor.shape[0];
}

/// The rows of a matrix or values of a vector in another order.
Tensor reordered(const Tensor& given, const Rows& order) {
    Tensor out{given.shape, {}};
    const auto size = static_cast<std::ptrdiff_t>(row_size(given));
    for (const auto row : order) {
        const auto begin = given.values.begin() + static_cast<std::ptrdiff_t>(row) * size;
        out.values.insert(out.values.end(), begin, begin + size);
    }
    return out;
}

Tensor turned(const Tensor& given) {
    Tensor out{{given.shape[1], given.shape[0]}, {}};
    for (std::size_t k = 0; k < given.shape[1]; ++k) {
        for (std::size_t i = 0; i < given.shape[0]; ++i) out.values.push_back(given.values[i * given.shape[1] + k]);
    }
    return out;
}

/// A tiny golden model's directory as a GGUF file: names, keys and orders of rows as llama.cpp's converter has them.
class Converter {
  public:
    Converter(std::filesystem::path folder, std::string architecture)
        : folder_(std::move(folder)), architecture_(std::move(architecture)),
          config_(json::parse(std::ifstream(folder_ / "config.json"))) {
        heads_ = first({"num_attention_heads", "n_head"});
        const auto hidden = first({"hidden_size", "n_embd"});
        key_heads_ = first({"num_key_value_heads", "num_kv_heads"}, heads_);
        if (architecture_ == "falcon" && !config_.value("new_decoder_architecture", false)) key_heads_ = 1;
        head_ = first({"head_dim"}, hidden / heads_);
    }

    [[nodiscard]] TinyModel convert() {
        out_.metadata = {{"general.architecture", architecture_}};
        out_.tensors.clear();
        set("block_count", first({"num_hidden_layers", "n_layer"}));
        set("embedding_length", first({"hidden_size", "n_embd"}));
        set("feed_forward_length", first({"intermediate_size"}, 4 * first({"hidden_size", "n_embd"})));
        set("attention.head_count", heads_);
        set("attention.head_count_kv", key_heads_);
        set("attention.key_length", head_);
        set("attention.value_length", head_);
        set("context_length", first({"max_position_embeddings", "n_positions"}, 2048));
        const bool rms = config_.contains("rms_norm_eps");
        put(rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
            number({"rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps"}, 0.0));
        put("rope.freq_base", number({"rope_theta", "rotary_emb_base"}, 10000.0));
        const double share = number({"rotary_pct", "partial_rotary_factor"}, 1.0);
        set("rope.dimension_count",
            first({"rotary_dim"}, static_cast<std::size_t>(static_cast<double>(head_) * share)));
        const bool windowed = config_.value("use_sliding_window", true);
        if (windowed && first({"sliding_window"}, 0) != 0) set("attention.sliding_window", first({"sliding_window"}));
        if (architecture_ == "gemma2") {
            put("attn_logit_softcapping", number({"attn_logit_softcapping"}, 0.0));
            put("final_logit_softcapping", number({"final_logit_softcapping"}, 0.0));
        }
        if (config_.contains("use_parallel_residual")) {
            out_.metadata[architecture_ + ".use_parallel_residual"] = config_["use_parallel_residual"].get<bool>();
        }
        scale_positions();
        const auto source = weights::Safetensors::open(folder_);
        for (const auto& view : source.tensors()) {
            const Rows shape(view.shape.begin(), view.shape.begin() + static_cast<std::ptrdiff_t>(view.dimensions));
            add(std::string(view.name), {shape, weights::to_floats(view)});
        }
        return std::move(out_);
    }

  private:
    [[nodiscard]] std::size_t first(std::initializer_list<const char*> keys, std::size_t otherwise = 0) const {
        return static_cast<std::size_t>(number(keys, static_cast<double>(otherwise)));
    }
    [[nodiscard]] double number(std::initializer_list<const char*> keys, double otherwise) const {
        for (const char* const key : keys) {
            if (config_.contains(key) && config_[key].is_number()) return config_[key].get<double>();
        }
        return otherwise;
    }
    void set(const std::string& key, std::size_t value) {
        out_.metadata[architecture_ + "." + key] = static_cast<std::uint32_t>(value);
    }
    void put(const std::string& key, double value) {
        out_.metadata[architecture_ + "." + key] = static_cast<float>(value);
    }

    void scale_positions() {
        const auto found = config_.find("rope_scaling");
        if (found == config_.end() || found->is_null()) return;
        const std::string kind = found->contains("type") ? (*found)["type"] : (*found)["rope_type"];
        if (kind == "longrope") {
            const auto list = [&](const char* key) {
                const std::vector<float> values = (*found)[key];
                return Tensor{{values.size()}, values};
            };
            out_.tensors["rope_factors_short.weight"] = list("short_factor");
            out_.tensors["rope_factors_long.weight"] = list("long_factor");
            set("rope.scaling.original_context_length", first({"original_max_position_embeddings"}));
            put("rope.scaling.attn_factor", std::sqrt(1.0 + std::log(4.0) / std::log(32.0))); // 128 of 32 tokens
            return;
        }
        out_.metadata[architecture_ + ".rope.scaling.type"] = kind;
        put("rope.scaling.factor", (*found)["factor"].get<double>());
        if (kind == "yarn") set("rope.scaling.original_context_length", (*found)["original_max_position_embeddings"]);
    }

    void add(std::string name, Tensor tensor) {
        for (const std::string prefix : {"transformer.", "model.", "gpt_neox."}) {
            if (name.rfind(prefix, 0) == 0) name = name.substr(prefix.size());
        }
        const auto dot = name.rfind('.');
        const std::string kind = name.substr(dot);
        name = name.substr(0, dot);
        const bool gemma = architecture_.rfind("gemma", 0) == 0;
        for (const std::string layer : {"layers.", "h."}) {
            if (name.rfind(layer, 0) != 0) continue;
            const auto end = name.find('.', layer.size());
            const std::string part = name.substr(end + 1);
            name = "blk." + name.substr(layer.size(), end - layer.size()) + "." +
                   (gemma && part == "post_attention_layernorm" ? "post_attention_norm" : kLayerNames.at(part));
        }
        if (const auto top = kTopNames.find(name); top != kTopNames.end()) name = top->second;
        const bool has_groups = architecture_ == "falcon" || architecture_ == "gptneox" || architecture_ == "bloom";
        if (has_groups && name.ends_with("attn_qkv")) tensor = reordered(tensor, parts_of_groups());
        const bool pairs = architecture_ == "llama" || architecture_ == "smollm3";
        if (pairs && name.ends_with("attn_q")) tensor = reordered(tensor, pairs_of_halves(heads_));
        if (pairs && name.ends_with("attn_k")) tensor = reordered(tensor, pairs_of_halves(key_heads_));
        if (architecture_ == "gpt2" && kind == ".weight" && tensor.shape.size() == 2 && name.rfind("blk.", 0) == 0) {
            tensor = turned(tensor);
        }
        for (float& value : tensor.values) {
            if (gemma && name.ends_with("norm")) value += 1.0F;
            // The scale of attention stands in no key: the golden's, 1 / sqrt(48), in heads of 24.
            if (gemma && name.ends_with("attn_q")) value *= std::sqrt(24.0F / 48.0F);
        }
        out_.tensors[name + kind] = std::move(tensor);
    }

    [[nodiscard]] Rows parts_of_groups() const {
        Rows order;
        const std::size_t queries = heads_ / key_heads_, group = (queries + 2) * head_;
        const auto take = [&](std::size_t first, std::size_t count) {
            for (std::size_t g = 0; g < key_heads_; ++g) {
                for (std::size_t i = 0; i < count * head_; ++i) order.push_back(g * group + first * head_ + i);
            }
        };
        take(0, queries);
        take(queries, 1);
        take(queries + 1, 1);
        return order;
    }

    [[nodiscard]] Rows pairs_of_halves(std::size_t heads) const {
        Rows order;
        for (std::size_t head = 0; head < heads; ++head) {
            for (std::size_t i = 0; i < head_; ++i) order.push_back(head * head_ + i / 2 + i % 2 * head_ / 2);
        }
        return order;
    }

    static const std::map<std::string, std::string> kLayerNames, kTopNames;

    std::filesystem::path folder_;
    std::string architecture_;
    json config_;
    std::size_t heads_ = 0, key_heads_ = 0, head_ = 0;
    TinyModel out_;
};

const std::map<std::string, std::string> Converter::kLayerNames{{"input_layernorm", "attn_norm"},
                                                                {"post_attention_layernorm", "ffn_norm"},
                                                                {"pre_feedforward_layernorm", "ffn_norm"},
                                                                {"post_feedforward_layernorm", "post_ffw_norm"},
                                                                {"ln_1", "attn_norm"},
                                                                {"ln_2", "ffn_norm"},
                                                                {"ln_attn", "attn_norm_2"},
                                                                {"ln_mlp", "attn_norm"},
                                                                {"self_attn.q_proj", "attn_q"},
                                                                {"self_attn.k_proj", "attn_k"},
                                                                {"self_attn.v_proj", "attn_v"},
                                                                {"self_attn.q_norm", "attn_q_norm"},
                                                                {"self_attn.k_norm", "attn_k_norm"},
                                                                {"self_attn.qkv_proj", "attn_qkv"},
                                                                {"self_attention.query_key_value", "attn_qkv"},
                                                                {"attention.query_key_value", "attn_qkv"},
                                                                {"attn.c_attn", "attn_qkv"},
                                                                {"attn.q_proj", "attn_q"},
                                                                {"attn.k_proj", "attn_k"},
                                                                {"attn.v_proj", "attn_v"},
                                                                {"attn.out_proj", "attn_output"},
                                                                {"mlp.fc_in", "ffn_up"},
                                                                {"mlp.fc_out", "ffn_down"},
                                                                {"self_attn.o_proj", "attn_output"},
                                                                {"self_attn.dense", "attn_output"},
                                                                {"self_attention.dense", "attn_output"},
                                                                {"attention.dense", "attn_output"},
                                                                {"attn.c_proj", "attn_output"},
                                                                {"mlp.gate_proj", "ffn_gate"},
                                                                {"mlp.up_proj", "ffn_up"},
                                                                {"mlp.gate_up_proj", "ffn_up"},
                                                                {"mlp.dense_h_to_4h", "ffn_up"},
                                                                {"mlp.fc1", "ffn_up"},
                                                                {"mlp.c_fc", "ffn_up"},
                                                                {"mlp.down_proj", "ffn_down"},
                                                                {"mlp.dense_4h_to_h", "ffn_down"},
                                                                {"mlp.fc2", "ffn_down"},
                                                                {"mlp.c_proj", "ffn_down"}};

const std::map<std::string, std::string> Converter::kTopNames{{"embed_tokens", "token_embd"},
                                                              {"embed_in", "token_embd"},
                                                              {"word_embeddings", "token_embd"},
                                                              {"wte", "token_embd"},
                                                              {"wpe", "position_embd"},
                                                              {"word_embeddings_layernorm", "token_embd_norm"},
                                                              {"norm", "output_norm"},
                                                              {"final_layernorm", "output_norm"},
                                                              {"final_layer_norm", "output_norm"},
                                                              {"ln_f", "output_norm"},
                                                              {"lm_head", "output"},
                                                              {"embed_out", "output"}};

} // namespace

TEST_CASE("GGUF files of the families give the logits of their directories") {
    const auto [name, architecture] = GENERATE(table<std::string, std::string>({{"llama", "llama"},
                                                                                {"mistral", "llama"},
                                                                                {"llama_rope_linear", "llama"},
                                                                                {"llama_rope_yarn", "llama"},
                                                                                {"qwen2", "qwen2"},
                                                                                {"qwen3", "qwen3"},
                                                                                {"smollm3", "smollm3"},
                                                                                {"gemma2", "gemma2"},
                                                                                {"phi", "phi2"},
                                                                                {"phi3", "phi3"},
                                                                                {"phi3_longrope", "phi3"},
                                                                                {"falcon_7b", "falcon"},
                                                                                {"falcon_40b", "falcon"},
                                                                                {"gpt_neox", "gptneox"},
                                                                                {"gpt_neox_sequential", "gptneox"},
                                                                                {"gptj", "gptj"},
                                                                                {"bloom", "bloom"},
                                                                                {"gpt2", "gpt2"}}));
    INFO(name);
    REQUIRE_RESOURCE(folder, golden("decoders/" + name));
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    const json prompts = json::parse(std::ifstream(folder / "prompts.json")).at("prompts");
    ThreadPool pool(2);
    const auto files = decoder::ModelFiles::open(Converter(folder, architecture).convert().write("golden.gguf"));
    auto [shape, weights] = files.read();
    decoder::CausalModel<kernels::Reference> model(shape, std::move(weights), "golden.gguf", pool);
    double gap = 0.0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const std::vector<std::int32_t> ids = prompts[i].at("ids");
        const auto wanted = weights::to_floats(*expected.find("logits." + std::to_string(i)));
        decoder::Segment segment;
        segment.tokens = ids;
        model.run(std::span(&segment, 1));
        std::vector<float> row(shape.vocabulary);
        REQUIRE(wanted.size() == ids.size() * row.size());
        for (std::size_t r = 0; r < ids.size(); ++r) {
            model.logits(std::span(&r, 1), {row.data(), 1, row.size()});
            for (std::size_t k = 0; k < row.size(); ++k) {
                gap = std::max(gap, std::fabs(double(row[k]) - double(wanted[r * row.size() + k])));
            }
        }
    }
    CHECK(gap <= 1e-4);
}
