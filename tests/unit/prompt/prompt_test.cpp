#include <familiar/prompt/prompt.hpp>

#include <catch2/catch.hpp>

#include <memory>

using namespace familiar::prompt;
using familiar::text::ChatMessage;
using familiar::text::Role;

TEST_CASE("a prompt is its shared prefix and the query's own part") {
    const auto shared = std::make_shared<const PromptPart>(PromptPart{"before ", {{Role::system, "rules"}}});
    const Prompt prompt{Form::text, shared, {"after", {{Role::user, "question"}}}};
    CHECK(prompt.text() == "before after");
    CHECK(prompt.messages() == std::vector<ChatMessage>{{Role::system, "rules"}, {Role::user, "question"}});
}
