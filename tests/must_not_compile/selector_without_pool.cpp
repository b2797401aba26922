// expect: selects demonstrations, but is no DemonstrationSelector
// expect: prepare|TakesPool
#include "common.hpp"

struct Poolless {
    static constexpr bool depends_on_query = false;
    std::vector<std::vector<std::size_t>> select(std::span<const familiar::Example>, std::size_t) { return {}; }
    std::string identity() const { return "poolless"; }
};

int main() {
    (void)familiar::compose(Poolless(), good::Transport());
}
