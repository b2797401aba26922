#include <familiar/text/chat_message.hpp>

#include <catch2/catch.hpp>

using familiar::text::ChatMessage;
using familiar::text::Role;

TEST_CASE("roles have the names that endpoints and templates know") {
    CHECK(to_string(Role::system) == "system");
    CHECK(to_string(Role::user) == "user");
    CHECK(to_string(Role::assistant) == "assistant");
}

TEST_CASE("messages are equal where role and content are") {
    CHECK(ChatMessage{Role::user, "a"} == ChatMessage{Role::user, "a"});
    CHECK_FALSE(ChatMessage{Role::user, "a"} == ChatMessage{Role::assistant, "a"});
    CHECK_FALSE(ChatMessage{Role::user, "a"} == ChatMessage{Role::user, "b"});
}
