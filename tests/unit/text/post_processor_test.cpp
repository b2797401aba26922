#include <familiar/text/post_processor.hpp>

#include <catch2/catch.hpp>

using familiar::text::PostProcessor;

TEST_CASE("A post-processor that is not told anything adds nothing", "[text]") {
    const PostProcessor post;
    REQUIRE(post.single.size() == 1);
    CHECK(post.single[0].part == PostProcessor::Part::first_text);
    REQUIRE(post.pair.size() == 2);
    CHECK(post.pair[0].part == PostProcessor::Part::first_text);
    CHECK(post.pair[1].part == PostProcessor::Part::second_text);
    CHECK(post.pair[1].type_id == 1);
    CHECK(PostProcessor::special_tokens(post.single) == 0);
    CHECK(PostProcessor::special_tokens(post.pair) == 0);
}

TEST_CASE("The tokens that it adds are counted, texts are not", "[text]") {
    using Part = PostProcessor::Part;
    CHECK(PostProcessor::special_tokens({{Part::special, 1, 0},
                                         {Part::first_text, 0, 0},
                                         {Part::special, 2, 0},
                                         {Part::special, 2, 0},
                                         {Part::second_text, 0, 1},
                                         {Part::special, 2, 1}}) == 4);
    CHECK(PostProcessor::special_tokens({}) == 0);
}
