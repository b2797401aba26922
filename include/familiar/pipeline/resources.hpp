#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/any_encoder.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/prompt/prompt_format.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace familiar::pipeline {

/// The folder of the models: FAMILIAR_MODELS, else the first `models` in the working directory, the program's folder or
/// a folder above either. Nothing where there is none.
[[nodiscard]] inline std::optional<std::filesystem::path> find_models_folder() {
    if (const char* const named = std::getenv("FAMILIAR_MODELS"); named != nullptr && *named != '\0') return named;
    std::error_code ignored;
    for (auto folder : {std::filesystem::current_path(ignored),
                        std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path()}) {
        while (!folder.empty()) {
            if (std::filesystem::is_directory(folder / "models", ignored)) return folder / "models";
            if (folder == folder.parent_path()) break;
            folder = folder.parent_path();
        }
    }
    return std::nullopt;
}

/// What policies are made with at run time: threads, kernels, models. The pool and the cancellation are the caller's
/// and outlive the policies.
class Resources {
  public:
    Resources(ThreadPool& pool, kernels::Dispatched kernels, const Cancellation* cancellation = nullptr,
              prompt::Ablation ablation = {})
        : pool_(&pool), kernels_(kernels), cancellation_(cancellation), ablation_(ablation),
          models_(find_models_folder()) {}

    [[nodiscard]] ThreadPool& pool() const noexcept { return *pool_; }
    [[nodiscard]] const kernels::Dispatched& kernels() const noexcept { return kernels_; }
    [[nodiscard]] const Cancellation* cancellation() const noexcept { return cancellation_; }
    [[nodiscard]] const prompt::Ablation& ablation() const noexcept { return ablation_; }

    /// A model of the models folder. Throws Error (file_not_found) where it is not there, saying how to get it.
    [[nodiscard]] std::string default_model(const char* name) const {
        std::error_code ignored;
        const auto path = models_.value_or("models") / name;
        if (!std::filesystem::exists(path, ignored)) {
            throw Error(ErrorCode::file_not_found, "the default model is not there", path.string(),
                        "Run tools/setup.sh, set FAMILIAR_MODELS to the folder that holds it, or name another model");
        }
        return path.string();
    }

    /// The encoder in a directory, loaded once however many policies use it. Throws what loading throws.
    [[nodiscard]] encoder::AnyEncoder encoder(const std::string& model) {
        const auto known = encoders_.find(model);
        if (known != encoders_.end()) return known->second;
        using Encoder = encoder::SentenceEncoder<kernels::Dispatched>;
        Encoder::Parameters parameters;
        parameters.model = model;
        return encoders_.emplace(model, encoder::AnyEncoder(Encoder(parameters, *pool_, kernels_))).first->second;
    }

    /// The directory of the encoder that a selector uses: the plug-in's, else the default one.
    [[nodiscard]] std::string selection_encoder() const {
        return selection_encoder_.empty() ? default_model(kDefaultEncoder) : selection_encoder_;
    }
    void set_selection_encoder(std::string model) { selection_encoder_ = std::move(model); }

    static constexpr const char* kDefaultEncoder = "minilm";
    static constexpr const char* kDefaultLlm = "smollm2-135m";

  private:
    ThreadPool* pool_;
    kernels::Dispatched kernels_;
    const Cancellation* cancellation_;
    prompt::Ablation ablation_;
    std::optional<std::filesystem::path> models_;
    std::map<std::string, encoder::AnyEncoder> encoders_;
    std::string selection_encoder_;
};

} // namespace familiar::pipeline
