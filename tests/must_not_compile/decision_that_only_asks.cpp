// expect: decides, but is no DecisionPolicy
// expect: decide|DecidesAnswer
#include "common.hpp"

struct Asker {
    bool asks(const std::optional<familiar::Prediction>&) const { return true; }
    std::string identity() const { return "asker"; }
};

int main() {
    (void)familiar::compose(good::Plugin(), Asker());
}
