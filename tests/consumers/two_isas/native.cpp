#include "work.hpp"

Work native_work();
Work native_work() {
    return do_work();
}
