#include "../command.hpp"
#include "../encoder_options.hpp"
#include "../json_text.hpp"
#include "../row_files.hpp"

#include <familiar/encoder/sequence_classifier.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace program {

namespace {

using familiar::encoder::ProblemType;

class ClassifyCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "classify"; }
    [[nodiscard]] std::string about() const override { return "Texts to labels, by a fine-tuned encoder's own head"; }

    void declare(CLI::App& app) override {
        options_.declare(app);
        files_.declare(app);
    }

    int run(const CommonOptions& common) override {
        using Classifier = familiar::encoder::SequenceClassifier<familiar::kernels::Dispatched>;
        const auto pool = common.make_pool();
        Classifier::Parameters parameters;
        parameters.model = options_.model;
        parameters.max_length = options_.max_length;
        parameters.batch = options_.batch;
        parameters.precision = options_.precision;
        Classifier classifier(parameters, *pool, common.make_kernels());

        TextRows rows(files_.input, std::max<std::size_t>(options_.batch, 1024));
        ProgressDisplay progress(common.quiet);
        RowOutput output(files_.output, common);
        while (rows.next()) {
            cancellation().throw_if_requested();
            const auto probabilities = classifier.probabilities(rows.examples);
            for (std::size_t i = 0; i < rows.rows.size(); ++i) {
                RowText line(rows.rows[i].value, {"text", "text_a", "text_b", "label"});
                describe(line, classifier.problem(), classifier.labels(), probabilities[i]);
                output.write(std::move(line).finish());
            }
            progress.show({"classify", rows.done(), rows.size()});
        }
        return output.finish();
    }

  private:
    static void describe(RowText& line, ProblemType problem, std::span<const std::string> labels,
                         std::span<const double> values) {
        if (problem == ProblemType::regression) {
            append_number(line.key("value"), values[0]);
            return;
        }
        if (problem == ProblemType::multi_label) {
            std::vector<std::string> chosen;
            for (std::size_t j = 0; j < labels.size(); ++j) {
                if (values[j] > 0.5) chosen.push_back(labels[j]);
            }
            append_array(line.key("labels"), chosen, append_string);
        } else {
            const auto best = static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
            append_string(line.key("label"), labels[best]);
            append_number(line.key("confidence"), values[best]);
        }
        std::string& out = line.key("distribution");
        out += '{';
        for (std::size_t j = 0; j < labels.size(); ++j) {
            if (j > 0) out += ',';
            append_string(out, labels[j]);
            out += ':';
            append_number(out, values[j]);
        }
        out += '}';
    }

    EncoderOptions options_;
    RowFileOptions files_;
};

} // namespace

std::unique_ptr<Command> make_classify_command() {
    return std::make_unique<ClassifyCommand>();
}

} // namespace program
