// expect: familiar::compose: two selectors \(DemonstrationSelector\) are given
#include "common.hpp"

int main() {
    (void)familiar::compose(good::Selector(), good::Transport(), good::Selector());
}
