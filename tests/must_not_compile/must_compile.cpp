// expect nothing: the same policies without a mistake, so that the cases beside fail for their own mistake alone
#include "common.hpp"

int main() {
    auto pipeline = familiar::compose(good::Decision(), good::Transport(), good::Selector(), good::Plugin());
    pipeline.prepare({}, {});
}
