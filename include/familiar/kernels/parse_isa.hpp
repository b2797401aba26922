#pragma once

#include <familiar/core/error.hpp>
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/isa.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

namespace familiar::kernels {

/// An instruction set that this machine has, by its name. Throws `unsupported_isa` for a name that is not known or a
/// set that the processor or the operating system lacks: never another one instead.
///
/// @param where what the name was given by, for the message
inline Isa parse_isa(std::string_view name, std::string_view where = {}) {
    std::string known, usable;
    for (std::size_t i = 0; i < std::size(kIsaNames); ++i) {
        const auto isa = static_cast<Isa>(i);
        if (name == kIsaNames[i]) {
            if (available(isa)) return isa;
        }
        known += (known.empty() ? "" : ", ") + std::string(kIsaNames[i]);
        if (available(isa)) usable += (usable.empty() ? "" : ", ") + std::string(kIsaNames[i]);
    }
    for (const std::string_view candidate : kIsaNames) {
        if (name == candidate) {
            throw Error(ErrorCode::unsupported_isa, "this machine has no " + std::string(name), std::string(where),
                        "Choose one of " + usable);
        }
    }
    throw Error(ErrorCode::unsupported_isa, "unknown instruction set \"" + std::string(name) + "\"", std::string(where),
                "Choose one of " + known);
}

/// What `FAMILIAR_ISA` asks for; the best of this machine where it is not set or empty. Throws as `parse_isa`.
inline Isa isa_from_environment() {
    const char* const name = std::getenv("FAMILIAR_ISA");
    return name != nullptr && *name != '\0' ? parse_isa(name, "FAMILIAR_ISA") : best_isa();
}

} // namespace familiar::kernels
