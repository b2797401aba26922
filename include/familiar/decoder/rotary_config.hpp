#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/family.hpp>
#include <familiar/decoder/rotary_shape.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

namespace detail {

/// The first of the keys that is there.
inline std::optional<double> first_number(const weights::JsonFile& file, std::initializer_list<std::string_view> keys,
                                          double least, double most) {
    for (const auto key : keys) {
        if (const auto number = file.find_number(key, least, most)) return number;
    }
    return std::nullopt;
}

/// Both spellings of config.json: values in `rope_parameters` (transformers 5), or `rope_scaling` beside `rope_theta`.
class RotaryConfig {
  public:
    static constexpr double kMostFactor = 1e6, kMostBase = 1e15;

    RotaryConfig(const weights::JsonFile& file, const Family& family, std::size_t head_size, std::size_t context)
        : file_(file), family_(family), head_size_(head_size), context_(context),
          parameters_(file.find_object("rope_parameters")) {
        if (!parameters_) parameters_ = file.find_object("rope_scaling");
        if (parameters_) local_ = parameters_->find_object("sliding_attention");
        if (parameters_ && parameters_->find("full_attention")) {
            parameters_ = parameters_->find_object("full_attention");
        }
    }

    [[nodiscard]] std::vector<RotaryShape> read() const {
        RotaryShape shape = plain(parameters_ ? &*parameters_ : nullptr);
        if (parameters_) scale(*parameters_, shape);
        std::vector<RotaryShape> kinds{std::move(shape)};
        if (family_.local_rotary) {
            kinds.push_back(plain(local_ ? &*local_ : nullptr));
            if (!local_) kinds.back().base = file_.find_number("rope_local_base_freq", 1.0, kMostBase).value_or(1e4);
        }
        return kinds;
    }

  private:
    [[nodiscard]] RotaryShape plain(const weights::JsonFile* inner) const {
        RotaryShape shape;
        shape.layout = family_.rotary;
        std::optional<double> base, share;
        if (inner != nullptr) {
            base = inner->find_number("rope_theta", 1.0, kMostBase);
            share = inner->find_number("partial_rotary_factor", 0.0, 1.0);
        }
        if (!base) base = first_number(file_, {"rope_theta", "rotary_emb_base"}, 1.0, kMostBase);
        if (!share) share = first_number(file_, {"partial_rotary_factor", "rotary_pct"}, 0.0, 1.0);
        shape.base = base.value_or(10000.0);
        const auto turned =
            static_cast<std::size_t>(static_cast<double>(head_size_) * share.value_or(family_.rotary_share));
        shape.dimensions = file_.find_size("rotary_dim", 2, head_size_).value_or(turned);
        return shape;
    }

    void scale(const weights::JsonFile& inner, RotaryShape& shape) const {
        auto name = inner.find_string("rope_type");
        if (!name) name = inner.find_string("type");
        if (!name || *name == "default") return;
        RotaryScaling& s = shape.scaling;
        s.kind = kind_named(*name, inner);
        const auto factor = inner.find_number("factor", 1e-6, kMostFactor);
        if (!factor && s.kind != RotaryScalingKind::longrope) inner.fail_key("factor", "is missing");
        s.factor = factor.value_or(1.0);
        if (s.kind == RotaryScalingKind::linear) return;
        s.original_context =
            inner.find_size("original_max_position_embeddings", 1, kMostContext)
                .value_or(file_.find_size("original_max_position_embeddings", 1, kMostContext).value_or(context_));
        if (s.kind == RotaryScalingKind::yarn) {
            s.beta_fast = inner.find_number("beta_fast", 1e-3, 1e6).value_or(s.beta_fast);
            s.beta_slow = inner.find_number("beta_slow", 1e-3, 1e6).value_or(s.beta_slow);
            s.whole_bounds = inner.find_bool("truncate").value_or(true);
            s.amplitude = yarn_amplitude(inner, s.factor);
        } else if (s.kind == RotaryScalingKind::llama3) {
            s.low_frequency = inner.find_number("low_freq_factor", 1e-3, 1e6).value_or(s.low_frequency);
            s.high_frequency = inner.find_number("high_freq_factor", 1e-3, 1e6).value_or(s.high_frequency);
        } else if (s.kind == RotaryScalingKind::longrope) {
            shape.factors = factors(inner, "short_factor", shape);
            shape.long_factors = factors(inner, "long_factor", shape);
            s.amplitude = longrope_amplitude(inner, factor, s.original_context);
        }
    }

    static RotaryScalingKind kind_named(const std::string& name, const weights::JsonFile& inner) {
        using enum RotaryScalingKind;
        std::string known = "default";
        for (const auto kind : {linear, dynamic, yarn, llama3, longrope}) {
            if (name == to_string(kind)) return kind;
            known += ", " + std::string(to_string(kind));
        }
        if (name == "su") return longrope; // as the first Phi-3 files call it
        throw Error(ErrorCode::unsupported_model, "rotary positions of the type \"" + name + "\" are not known",
                    inner.path().string(), "Known: " + known);
    }

    /// arXiv 2309.00071, §3.4: 0.1 ln s + 1; `mscale` stretches the logarithm, `mscale_all_dim` takes it back.
    static double yarn_amplitude(const weights::JsonFile& inner, double factor) {
        if (const auto given = inner.find_number("attention_factor", 1e-6, kMostFactor)) return *given;
        const auto amplitude = [&](double by) { return factor <= 1.0 ? 1.0 : 0.1 * by * std::log(factor) + 1.0; };
        const auto scale = inner.find_number("mscale", 0.0, 1e3), all = inner.find_number("mscale_all_dim", 0.0, 1e3);
        return scale && all && *scale != 0.0 && *all != 0.0 ? amplitude(*scale) / amplitude(*all) : amplitude(1.0);
    }

    /// arXiv 2402.13753 as Phi-3 uses it: √(1 + ln s / ln of the original context).
    [[nodiscard]] double longrope_amplitude(const weights::JsonFile& inner, std::optional<double> factor,
                                            std::size_t original) const {
        if (const auto given = inner.find_number("attention_factor", 1e-6, kMostFactor)) return *given;
        const double length = static_cast<double>(original);
        const double stretch = original != context_ ? static_cast<double>(context_) / length : factor.value_or(1.0);
        return stretch <= 1.0 || original < 2 ? 1.0 : std::sqrt(1.0 + std::log(stretch) / std::log(length));
    }

    static std::vector<double> factors(const weights::JsonFile& inner, std::string_view key, const RotaryShape& shape) {
        auto values = inner.find_numbers(key, 1e-6, kMostFactor);
        if (!values) inner.fail_key(key, "is missing");
        if (values->size() != shape.dimensions / 2) {
            inner.fail_key(key, "has " + std::to_string(values->size()) + " numbers, but a head has " +
                                    std::to_string(shape.dimensions / 2) + " pairs that turn");
        }
        return *std::move(values);
    }

    static constexpr std::size_t kMostContext = std::size_t{1} << 24;

    const weights::JsonFile& file_;
    const Family& family_;
    std::size_t head_size_, context_;
    std::optional<weights::JsonFile> parameters_, local_;
};

} // namespace detail

/// The rotary positions of a config.json: one kind, or two (all tokens, then those of a window) for families with
/// positions of their own in layers with a window.
///
/// @param context `max_position_embeddings`, tokens
/// Throws `Error`: malformed_model for a value that is missing or absurd, unsupported_model for an unknown scaling.
inline std::vector<RotaryShape> read_rotary_config(const weights::JsonFile& file, const Family& family,
                                                   std::size_t head_size, std::size_t context) {
    return detail::RotaryConfig(file, family, head_size, context).read();
}

} // namespace familiar::decoder
