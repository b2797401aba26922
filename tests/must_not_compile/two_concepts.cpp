// expect: this argument models two concepts
#include "common.hpp"

struct Both : good::Transport, good::Decision {
    std::string identity() const { return "both"; }
};

int main() {
    (void)familiar::compose(Both());
}
