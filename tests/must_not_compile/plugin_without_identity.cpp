// expect: predicts as a plug-in does, but is no PluginModel
// expect: identity
#include "common.hpp"

struct Nameless {
    void prepare(const familiar::Task&, std::span<const familiar::Example>) {}
    std::vector<familiar::Prediction> predict(std::span<const familiar::Example>) { return {}; }
};

int main() {
    (void)familiar::compose(Nameless(), good::Transport());
}
