#include "../command.hpp"
#include "../encoder_options.hpp"
#include "../json_text.hpp"
#include "../row_files.hpp"

#include <familiar/encoder/sentence_encoder.hpp>

#include <span>
#include <vector>

namespace program {

namespace {

class EmbedCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "embed"; }
    [[nodiscard]] std::string about() const override { return "Texts to vectors"; }

    void declare(CLI::App& app) override {
        options_.declare(app);
        files_.declare(app);
        app.add_option("--pooling", pooling_, "mean, cls, max or pooler (default: what the directory says, else mean)")
            ->check(CLI::IsMember({"mean", "cls", "max", "pooler"}));
        app.add_option("--normalize", normalize_,
                       "Scale to length 1, on or off (default: what the directory says, else off)")
            ->check(CLI::IsMember({"on", "off"}));
    }

    int run(const CommonOptions& common) override {
        using Encoder = familiar::encoder::SentenceEncoder<familiar::kernels::Dispatched>;
        const auto pool = common.make_pool();
        Encoder::Parameters parameters;
        parameters.model = options_.model;
        parameters.pooling = pooling_;
        parameters.normalize = normalize_;
        parameters.max_length = options_.max_length;
        parameters.batch = options_.batch;
        parameters.precision = options_.precision;
        Encoder encoder(parameters, *pool, common.make_kernels());

        const std::size_t size = encoder.dimension();
        TextRows rows(files_.input, std::max<std::size_t>(options_.batch, 1024));
        std::vector<float> vectors;
        ProgressDisplay progress(common.quiet);
        RowOutput output(files_.output, common);
        while (rows.next()) {
            cancellation().throw_if_requested();
            vectors.resize(rows.rows.size() * size);
            encoder.embed(rows.examples, {vectors.data(), rows.rows.size(), size});
            for (std::size_t i = 0; i < rows.rows.size(); ++i) {
                RowText line(rows.rows[i].value);
                append_numbers(line.key("embedding"), std::span(vectors).subspan(i * size, size));
                output.write(std::move(line).finish());
            }
            progress.show({"embed", rows.done(), rows.size()});
        }
        return output.finish();
    }

  private:
    EncoderOptions options_;
    RowFileOptions files_;
    std::string pooling_, normalize_;
};

} // namespace

std::unique_ptr<Command> make_embed_command() {
    return std::make_unique<EmbedCommand>();
}

} // namespace program
