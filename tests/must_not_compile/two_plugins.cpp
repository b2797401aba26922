// expect: familiar::compose: two plug-ins \(PluginModel\) are given
#include "common.hpp"

int main() {
    (void)familiar::compose(good::Plugin(), good::Transport(), good::OtherPlugin());
}
