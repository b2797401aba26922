// The one unit of a program that compiles the policies that can be chosen by name; see pipeline/registry.hpp.
#include <familiar/pipeline/make_policies.hpp>
