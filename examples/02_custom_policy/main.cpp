// A selector of one's own. Nothing is registered or inherited: the type has what the concept asks for.
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/transport/scripted.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>

using namespace familiar;

/// Shows the shortest examples of the pool, the shortest last.
class ShortestSelector {
  public:
    static constexpr bool depends_on_query = false;

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        order_.resize(pool.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::stable_sort(order_.begin(), order_.end(),
                         [&](std::size_t a, std::size_t b) { return pool[a].text.size() < pool[b].text.size(); });
    }

    std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) const {
        const auto end = order_.begin() + static_cast<std::ptrdiff_t>(std::min(count, order_.size()));
        std::vector<std::size_t> shown(order_.begin(), end);
        std::reverse(shown.begin(), shown.end());
        return std::vector(queries.size(), shown);
    }

    std::string identity() const { return "shortest"; }

  private:
    std::vector<std::size_t> order_;
};

static_assert(demonstration::DemonstrationSelector<ShortestSelector>);

int main() {
    Task task;
    task.name = "fruit";
    task.description = "Say which fruit the text is about.";
    task.labels = {"apple", "pear"};
    task.fields = {{"text", "Text"}};
    const std::vector<Example> train = {{"0", "It is red, round and grows on a tree", {}, "apple"},
                                        {"1", "green and long", {}, "pear"},
                                        {"2", "keeps doctors away", {}, "apple"}};

    // The script stands for an LLM; it looks at what it is asked.
    transport::Scripted llm([](const transport::LlmRequest& request) {
        const auto messages = request.prompt.messages();
        const bool shows_pear =
            std::any_of(messages.begin(), messages.end(), [](const auto& m) { return m.content == "pear"; });
        return transport::Scripted::reply(shows_pear ? "pear" : "apple");
    });
    pipeline::PipelineOptions options;
    options.demonstrations = 2;
    auto few_shot = compose(ShortestSelector(), llm, options);
    few_shot.prepare(task, train);

    const Answer answer = few_shot.answer({"q", "yellow, and not round", {}, {}}).value();
    std::printf("%s, after %zu messages\n", task.labels.at(*answer.label).c_str(),
                llm.asked().front().prompt.messages().size());
}
