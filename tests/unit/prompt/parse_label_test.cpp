#include <familiar/prompt/parse_label.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>

using namespace familiar;
using namespace familiar::prompt;

namespace {

Task with(std::vector<std::string> labels) {
    Task task;
    task.labels = std::move(labels);
    return task;
}

std::optional<std::size_t> lenient(std::string_view reply, const Task& task) {
    return parse_label(reply, task);
}
std::optional<std::size_t> exact(std::string_view reply, const Task& task) {
    return parse_label(reply, task, ReplyMatch::exact);
}

} // namespace

TEST_CASE("white space, case and one final full stop are ignored") {
    const Task task = with({"relevant", "not relevant"});
    for (const char* reply : {"relevant", " relevant", "relevant\n", "\n\tRelevant \n", "RELEVANT.", "relevant .",
                              "\u3000relevant\u00a0"}) {
        CAPTURE(reply);
        CHECK(lenient(reply, task) == 0u);
    }
    CHECK(lenient("Not Relevant.", task) == 1u);
}

TEST_CASE("the whole reply must be a label") {
    const Task task = with({"relevant", "not relevant"});
    for (const char* reply : {"", " ", ".", "banana", "irrelevant", "relevant or not relevant", "the label is relevant",
                              "relevant..", "relevant!", "\"relevant\"", "relevant\n\nText: more", "not  relevant"}) {
        CAPTURE(reply);
        CHECK_FALSE(lenient(reply, task));
    }
}

TEST_CASE("the published comparison takes the letters as they are") {
    const Task task = with({"negative", "positive"});
    CHECK(exact("positive", task) == 1u);
    CHECK(exact(" negative\n", task) == 0u);
    CHECK(exact("\tpositive", task) == 1u);
    CHECK_FALSE(exact("Positive", task));
    CHECK_FALSE(exact("negative.", task));
    CHECK_FALSE(exact("", task));
    CHECK_FALSE(exact("positive\n\nSentence: more", task));
}

TEST_CASE("labels that differ only by case are told apart by their exact spelling") {
    const Task task = with({"US", "us"});
    CHECK(lenient("us", task) == 1u);
    CHECK(lenient("US.", task) == 0u);
    CHECK_FALSE(lenient("Us", task));
}

TEST_CASE("a label that ends in a full stop is found with and without it") {
    const Task task = with({"U.S.", "U.K."});
    CHECK(lenient("U.S.", task) == 0u);
    CHECK(lenient("u.k", task) == 1u);
    CHECK(lenient("U.K..", task) == 1u);
}

TEST_CASE("case is ignored in other alphabets too") {
    const Task task = with({"да", "ΝΑΙ", "ÉVIDENT", "Žádný"});
    CHECK(lenient("Да.", task) == 0u);
    CHECK(lenient("ναι", task) == 1u);
    CHECK(lenient("évident", task) == 2u);
    CHECK(lenient("ŽÁDNÝ", task) == 3u);
}

TEST_CASE("a reply that is not UTF-8 is no label") {
    CHECK_FALSE(lenient("yes\xff", with({"yes", "no"})));
    CHECK_FALSE(lenient("\xc3", with({"yes", "no"})));
}

TEST_CASE("a format's own comparison is asked where it has one") {
    struct Strict {
        std::optional<std::size_t> parse(const Task& task, std::string_view reply) const { return exact(reply, task); }
    };
    struct Plain {};
    const Task task = with({"yes", "no"});
    CHECK_FALSE(parse_label(Strict{}, task, "Yes"));
    CHECK(parse_label(Plain{}, task, "Yes") == 0u);
}
