#include "../command.hpp"
#include "../exit_status.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/decoder/decoder_description.hpp>
#include <familiar/encoder/encoder_description.hpp>
#include <familiar/weights/find_gguf.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace program {

namespace {

using Json = nlohmann::ordered_json;

template <class T> Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json describe_decoder(const std::filesystem::path& path) {
    const auto d = familiar::decoder::describe(path);
    Json json;
    json["kind"] = "decoder";
    json["file"] = d.file;
    json["bytes"] = d.bytes;
    json["architecture"] = d.architecture;
    json["supported"] = d.supported;
    json["name"] = or_null(d.name);
    json["parameters"] = d.parameters;
    json["layers"] = or_null(d.layers);
    json["hidden"] = or_null(d.hidden);
    json["inner"] = or_null(d.inner);
    json["heads"] = or_null(d.heads);
    json["key_value_heads"] = or_null(d.key_value_heads);
    json["context"] = or_null(d.context);
    json["vocabulary"] = or_null(d.vocabulary);
    for (const auto& type : d.types)
        json["types"][type.type] = {{"tensors", type.tensors}, {"values", type.values}, {"bytes", type.bytes}};
    json["tokenizer"] = or_null(d.tokenizer);
    json["pre_tokenizer"] = or_null(d.pre_tokenizer);
    json["bos_token"] = or_null(d.bos_token);
    json["end_tokens"] = d.end_tokens;
    json["chat_template"] = d.has_chat_template;
    return json;
}

Json describe_encoder(const std::filesystem::path& path) {
    const auto d = familiar::encoder::describe(path);
    Json json;
    json["kind"] = "encoder";
    json["architecture"] = d.architecture;
    json["parameters"] = d.parameters;
    json["layers"] = d.layers;
    json["hidden"] = d.hidden;
    json["inner"] = d.inner;
    json["heads"] = d.heads;
    json["positions"] = d.positions;
    json["vocabulary"] = d.vocabulary;
    for (const auto& [type, count] : d.types) json["types"][type] = {{"tensors", count}};
    json["tokenizer"] = d.tokenizer;
    json["tokenizer_entries"] = d.tokenizer_entries;
    json["head"] = d.head;
    json["labels"] = d.labels;
    json["problem"] = d.problem;
    json["pooling"] = d.pooling;
    json["normalised"] = d.normalised;
    json["max_length"] = d.max_length;
    return json;
}

class ModelsCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "models"; }
    [[nodiscard]] std::string about() const override { return "Describe a model file without loading its weights"; }
    void declare(CLI::App& app) override {
        app.add_option("PATH", path_, "Hugging Face directory or .gguf file")->required();
    }

    int run(const CommonOptions& common) override {
        const bool decoder = familiar::weights::find_gguf(path_) || familiar::decoder::is_decoder_directory(path_);
        const Json json = decoder ? describe_decoder(path_) : describe_encoder(path_);
        familiar::data::OutputSink sink;
        if (common.json) {
            sink.write_line(json.dump(2));
        } else {
            for (const auto& [key, value] : json.items()) {
                if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty())) continue;
                sink.write_line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
            }
        }
        sink.finish();
        return kDone;
    }

  private:
    std::filesystem::path path_;
};

} // namespace

std::unique_ptr<Command> make_models_command() {
    return std::make_unique<ModelsCommand>();
}

} // namespace program
