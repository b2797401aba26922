// Both systems in one prompt: the plug-in's word, demonstrations and notes, composed by hand.
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/plugin/linear_probe.hpp>
#include <familiar/transport/embedded_transport.hpp>

#include <cstdio>
#include <filesystem>
#include <type_traits>

int main(int argc, char** argv) {
    using namespace familiar;
    const std::filesystem::path folder = argc > 1 ? argv[1] : "data/support", models = argc > 2 ? argv[2] : "models";
    ThreadPool pool;

    using Probe = plugin::LinearProbe<encoder::SentenceEncoder<kernels::Dispatched>>;
    Probe::Parameters probe;
    probe.model = models / "minilm";
    transport::EmbeddedTransport::Parameters llm;
    llm.model = models / "smollm2-135m";
    // A store (grimoire/grimoire_store.hpp) would read them from a file that `familiar grimoire write` wrote.
    const Grimoire notes{"by hand", "- Money that is to come back is a refund, goods that go back are a return.\n"
                                    "- \"Where is it\" asks about delivery, \"it is broken\" about damage."};

    auto joined = compose(Probe(probe, pool), demonstration::BalancedSelector(), grimoire::FixedGrimoire(notes),
                          transport::EmbeddedTransport(llm, pool));
    static_assert(
        std::is_same_v<decltype(joined), pipeline::Joined<Probe, demonstration::BalancedSelector,
                                                          grimoire::FixedGrimoire, transport::EmbeddedTransport>>);

    const Task task = data::load_task(folder);
    joined.prepare(task, data::load_split(folder, task, "train"));
    for (const Example& example : data::load_split(folder, task, "test", 3)) {
        const Answer answer = joined.answer(example).value();
        std::printf("%s (p = %.2f%s): %s\n", task.labels.at(*answer.label).c_str(), answer.probability,
                    answer.overridden ? ", not what the plug-in says" : "", example.text.c_str());
    }
}
