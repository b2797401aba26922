#pragma once

#include <familiar/profile/roofline.hpp>

namespace familiar::benchmarks {

using profile::Roofline;

} // namespace familiar::benchmarks
