// SuperICL on a task folder: a linear head on MiniLM's embeddings advises a small LLM that runs in this process.
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/plugin/linear_probe.hpp>
#include <familiar/transport/embedded_transport.hpp>

#include <cstdio>
#include <filesystem>

int main(int argc, char** argv) {
    using namespace familiar;
    const std::filesystem::path folder = argc > 1 ? argv[1] : "data/support", models = argc > 2 ? argv[2] : "models";
    ThreadPool pool;

    using Probe = plugin::LinearProbe<encoder::SentenceEncoder<kernels::Dispatched>>;
    Probe::Parameters probe;
    probe.model = models / "minilm";
    transport::EmbeddedTransport::Parameters llm;
    llm.model = models / "smollm2-135m";
    auto pipeline =
        compose(Probe(probe, pool), demonstration::BalancedSelector(), transport::EmbeddedTransport(llm, pool));

    const Task task = data::load_task(folder);
    pipeline.prepare(task, data::load_split(folder, task, "train"));
    for (const Example& example : data::load_split(folder, task, "test", 3)) {
        const Answer answer = pipeline.answer(example).value();
        std::printf("%s (p = %.2f%s): %s\n", task.labels.at(*answer.label).c_str(), answer.probability,
                    answer.overridden ? ", not what the plug-in says" : "", example.text.c_str());
    }
}
