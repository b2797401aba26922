// expect: asks an LLM, but is no LlmTransport
// expect: concurrency
#include "common.hpp"

struct Lone {
    familiar::Result<familiar::transport::LlmReply> ask(const familiar::transport::LlmRequest&) {
        return familiar::transport::LlmReply{};
    }
    std::string identity() const { return "lone"; }
};

int main() {
    (void)familiar::compose(Lone());
}
