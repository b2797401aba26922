// The one unit of a program that compiles the kernels of all instruction sets; see kernels/dispatched.hpp.
#include <familiar/kernels/kernel_tables.hpp>
