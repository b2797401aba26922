// The decision of include/familiar/decision/README.md.
#include <familiar/decision/decide.hpp>
#include <familiar/decision/decision_policy.hpp>

#include <laws/decision_laws.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::decision;

namespace {

struct PluginVeto { // the LLM is heard, but a plug-in that is very sure has the last word
    bool asks(const std::optional<Prediction>&) const { return true; }
    Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                  const std::optional<LlmVerdict>& verdict) const {
        if (prediction && prediction->confidence > 0.99) return plugin_decides(*prediction);
        return whoever_was_asked(task, prediction, verdict);
    }
    std::string identity() const { return "plugin-veto"; }
};

} // namespace

TEST_CASE("the decision of the concept page keeps the laws of decisions") {
    Task task;
    task.labels = {"yes", "no"};
    laws::check_decision_laws(PluginVeto(), task);
    CHECK(PluginVeto().decide(task, Prediction{0, 0.995, {}}, LlmVerdict{1, "no", {}}).label == 0u);
}
