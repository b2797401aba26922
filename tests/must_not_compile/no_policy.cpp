// expect: check_argument.*2.*NoPolicy
// expect: this argument models none of PluginModel, DemonstrationSelector
#include "common.hpp"

struct NoPolicy {};

int main() {
    (void)familiar::compose(good::Plugin(), NoPolicy());
}
