#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>

namespace program {

/// The options that the encoder's commands share.
struct EncoderOptions {
    std::string model;
    std::size_t max_length = 0, batch = 32;
    std::string precision = "f32";

    void declare(CLI::App& app) {
        app.add_option("--model", model, "Hugging Face or SentenceTransformers directory")->required();
        app.add_option(
               "--max-length", max_length,
               "Cut at this many tokens (default: the length in sentence_bert_config.json, else the model's positions)")
            ->check(CLI::Range(1, 1 << 30));
        app.add_option("--batch", batch, "Rows in one forward pass")
            ->capture_default_str()
            ->check(CLI::Range(1, 1 << 20));
        app.add_option("--precision", precision, "Products of the encoder's layers")
            ->capture_default_str()
            ->check(CLI::IsMember({"f32", "f16", "bf16", "int8"}));
    }
};

} // namespace program
