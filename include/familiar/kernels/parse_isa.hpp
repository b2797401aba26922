#pragma once

#include <familiar/core/error.hpp>
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/isa.hpp>

#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::kernels {

/// An instruction set that this machine has, by its name. Throws `unsupported_isa` for a name that is not known or a
/// set that the processor or the operating system lacks: never another one instead.
///
/// @param where what the name was given by, for the message
inline Isa parse_isa(std::string_view name, std::string_view where = {}) {
    std::string known, usable;
    bool is_known = false;
    const auto append = [](std::string& list, std::string_view item) {
        if (!list.empty()) list.append(", ");
        list.append(item);
    };
    for (std::size_t i = 0; i < std::size(kIsaNames); ++i) {
        const auto isa = static_cast<Isa>(i);
        append(known, kIsaNames[i]);
        if (available(isa)) append(usable, kIsaNames[i]);
        if (name != kIsaNames[i]) continue;
        if (available(isa)) return isa;
        is_known = true;
    }
    std::string what(is_known ? "this machine cannot run the instruction set \"" : "unknown instruction set \"");
    what.append(name).append("\"");
    throw Error(ErrorCode::unsupported_isa, std::move(what), std::string(where),
                std::string("Choose one of ").append(is_known ? usable : known));
}

/// What `FAMILIAR_ISA` asks for; the best of this machine where it is not set or empty. Throws as `parse_isa`.
inline Isa isa_from_environment() {
    const char* const name = std::getenv("FAMILIAR_ISA");
    return name != nullptr && *name != '\0' ? parse_isa(name, "FAMILIAR_ISA") : best_isa();
}

} // namespace familiar::kernels
