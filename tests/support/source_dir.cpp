#include "resources.hpp"

std::filesystem::path familiar::tests::source_dir() {
    return FAMILIAR_SOURCE_DIR;
}
