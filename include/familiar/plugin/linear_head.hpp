#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/atomic_file.hpp>
#include <familiar/training/logistic_regression.hpp>
#include <familiar/weights/safetensors.hpp>

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// A linear classifier over the embeddings of one encoder, as it is stored: a safetensors file with the tensors
/// `coefficients` [outputs, features] and `intercepts` [outputs] in F64, and the rest as its metadata.
struct LinearHead {
    training::LogisticModel model;
    std::vector<std::string> labels; ///< of the task, in its order
    double temperature = 1.0;        ///< divides the logits
    std::string encoder;             ///< identity of the encoder whose embeddings it reads

    /// Writes the file; a reader never sees half of one. Throws `Error` (file_unwritable).
    void save(const std::filesystem::path& path) const {
        const std::size_t outputs = model.outputs(), size = outputs * model.features * sizeof(double);
        nlohmann::json details{{"labels", labels},   {"present", model.present},   {"examples", model.examples},
                               {"encoder", encoder}, {"features", model.features}, {"temperature", temperature}};
        nlohmann::json header{{"__metadata__", {{"format", std::string(kFormat)}, {"head", details.dump()}}}};
        if (outputs != 0) {
            header["coefficients"] = {
                {"dtype", "F64"}, {"shape", {outputs, model.features}}, {"data_offsets", {0, size}}};
            header["intercepts"] = {
                {"dtype", "F64"}, {"shape", {outputs}}, {"data_offsets", {size, size + outputs * sizeof(double)}}};
        }
        std::string text = header.dump();
        text.append((8 - text.size() % 8) % 8, ' '); // the values then stand aligned
        data::AtomicFile file(path);
        file.write(bytes_of(std::uint64_t{text.size()}));
        file.write(text);
        for (const auto* values : {&model.coefficients, &model.intercepts}) {
            for (const double value : *values) file.write(bytes_of(std::bit_cast<std::uint64_t>(value)));
        }
        file.commit();
    }

    /// Reads and checks a file that `save` wrote. Throws `Error` that names it: malformed_model for anything missing,
    /// contradictory or not finite, and what `weights::Safetensors::open` throws.
    static LinearHead load(const std::filesystem::path& path) {
        const auto file = weights::Safetensors::open(path);
        const auto fail = [&](const std::string& what) -> void {
            throw Error(ErrorCode::malformed_model, what, file.path(), "Write the head again");
        };
        const auto& metadata = file.metadata();
        const auto format = metadata.find("format"), details = metadata.find("head");
        if (format == metadata.end() || format->second != kFormat || details == metadata.end()) {
            fail("is no linear head of this version");
        }
        LinearHead head;
        try {
            const auto json = nlohmann::json::parse(details->second);
            head.labels = json.at("labels").get<std::vector<std::string>>();
            head.model.present = json.at("present").get<std::vector<std::size_t>>();
            head.model.examples = json.at("examples").get<std::size_t>();
            head.model.features = json.at("features").get<std::size_t>();
            head.temperature = json.at("temperature").get<double>();
            head.encoder = json.at("encoder").get<std::string>();
        } catch (const nlohmann::json::exception&) {
            fail("has a broken description of the head in its metadata");
        }
        auto& model = head.model;
        model.classes = head.labels.size();
        if (std::set(head.labels.begin(), head.labels.end()).size() != head.labels.size()) fail("names a label twice");
        for (std::size_t i = 0; i < model.present.size(); ++i) {
            if (model.present[i] >= model.classes || (i != 0 && model.present[i] <= model.present[i - 1])) {
                fail("has classes that are out of order or beyond its labels");
            }
        }
        if (model.present.empty()) fail("has no class");
        if (!(head.temperature > 0.0) || !std::isfinite(head.temperature))
            fail("has a temperature that is no number above 0");
        if (model.outputs() != 0) {
            model.coefficients = values(file, "coefficients", {model.outputs(), model.features});
            model.intercepts = values(file, "intercepts", {model.outputs()});
        }
        return head;
    }

  private:
    static constexpr std::string_view kFormat = "familiar linear head 1";

    static std::string bytes_of(std::uint64_t value) { // little-endian on every machine
        std::string bytes(8, '\0');
        for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xff);
        return bytes;
    }

    static std::vector<double> values(const weights::Safetensors& file, std::string_view name,
                                      const std::vector<std::size_t>& shape) {
        const auto found = file.find(name);
        const auto fail = [&](const std::string& what) {
            throw Error(ErrorCode::malformed_model, "tensor " + std::string(name) + " " + what, file.path(),
                        "Write the head again");
        };
        if (!found) fail("is missing");
        if (found->type != tensor::ElementType::f64 || found->dimensions != shape.size() ||
            !std::equal(shape.begin(), shape.end(), found->shape.begin())) {
            fail("has not the shape and type that the metadata ask for");
        }
        std::vector<double> out(found->size());
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::uint64_t bits = 0;
            for (std::size_t b = 0; b < 8; ++b)
                bits |= std::to_integer<std::uint64_t>(found->bytes[i * 8 + b]) << (8 * b);
            out[i] = std::bit_cast<double>(bits);
            if (!std::isfinite(out[i])) fail("holds NaN or infinity");
        }
        return out;
    }
};

} // namespace familiar::plugin
