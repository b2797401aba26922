// expect: familiar::compose: nothing answers: a plug-in \(PluginModel\) or an LLM \(LlmTransport\) is missing
#include "common.hpp"

int main() {
    (void)familiar::compose(good::Selector(), good::Decision());
}
