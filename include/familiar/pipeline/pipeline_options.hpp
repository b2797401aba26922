#pragma once

#include <familiar/prompt/prompt_format.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::pipeline {

/// What a pipeline does beyond its policies' own parameters.
struct PipelineOptions {
    std::size_t demonstrations = 8; ///< shown to every query; fewer where the training pool is smaller
    prompt::Ablation ablation;      ///< `confidence` is the format's own business: it is built with it
    bool explain = false;           ///< ask why, where the answer is not the plug-in's
    bool plugin_line =
        true;               ///< prompts show what the plug-in says; a fitted decision may find that they had better not
    std::uint64_t seed = 0; ///< of the selection and of every request
    double temperature = 0.0; ///< of every request; 0 = greedy
    double top_p = 1.0;
    std::size_t label_tokens = 16; ///< length of a generated label at least; longer labels get more
    std::size_t generation_tokens = 256;
    std::size_t explanation_tokens = 100; ///< as SuperICL has it
    double explanation_top_p = 1.0;
    /// Labels are asked for as SuperICL's scripts ask: `label_tokens` however long the labels are, and no text that
    /// ends a reply.
    bool published_requests = false;

    friend bool operator==(const PipelineOptions&, const PipelineOptions&) = default;
};

} // namespace familiar::pipeline
