// Makes the precompiled header that the test executables share.
#include "precompiled.hpp"
