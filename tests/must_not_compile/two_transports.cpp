// expect: familiar::compose: two LLMs \(LlmTransport\) are given
#include "common.hpp"

int main() {
    (void)familiar::compose(good::Transport(), good::Transport());
}
