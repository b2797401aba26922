#pragma once

#include "tiny_model.hpp"

#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/gguf_layout.hpp>
#include <familiar/decoder/gguf_shape.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/weights/gguf.hpp>

#include <filesystem>
#include <string>

namespace familiar::tests {

/// A file's model with everything that it needs.
template <class Kernels = kernels::Reference> struct LoadedModel {
    explicit LoadedModel(const std::filesystem::path& path, std::size_t threads = 2,
                         decoder::KeyValueType key_values = decoder::KeyValueType::f32)
        : pool(threads), file(weights::Gguf::open(path)), shape(decoder::read_gguf_shape(file)),
          model(shape, decoder::read_gguf_weights(file, shape), path.filename().string(), pool, {},
                decoder::Activations::f32, {}, key_values) {}
    explicit LoadedModel(const TinyModel& tiny, std::size_t threads = 2,
                         decoder::KeyValueType key_values = decoder::KeyValueType::f32)
        : LoadedModel(tiny.write("tiny.gguf"), threads, key_values) {}

    ThreadPool pool;
    weights::Gguf file;
    decoder::DecoderShape shape;
    decoder::CausalModel<Kernels> model;
};

} // namespace familiar::tests
