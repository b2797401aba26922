#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/core/spec.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// What `--grimoire` can name: not policies of a pipeline themselves, but ways to fill its grimoire slot.
namespace familiar::pipeline::grimoires {

/// One of the store, by its name: `--grimoire NAME`.
struct Stored {
    static constexpr std::string_view kName = "stored";
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, name));
        static constexpr std::string_view kArgument = "name";
    };
};

/// The notes in a file: one of a store, or plain text.
struct File {
    static constexpr std::string_view kName = "file";
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, path));
        static constexpr std::string_view kArgument = "path";
    };
};

/// The one of the store with which most dev rows come out right; the shortest of equals.
struct Best {
    static constexpr std::string_view kName = "best";
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, rows)); // of dev, drawn at random; 0 for all
        Parameters() : rows(100) {}
    };
};

/// For each query the one of the store that a ranker puts first.
struct Ranked {
    static constexpr std::string_view kName = "ranked";
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, by), // similarity or classifier
                                 (std::string, model));         // the encoder's directory, or the trained classifier
        Parameters() : by("similarity") {}
        static constexpr std::string_view kArgument = "by";
    };
};

/// For each row one with which it comes out right, where there is one: an upper bound, no method.
struct Oracle {
    static constexpr std::string_view kName = "oracle";
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };
};

/// Reads what stands after `--grimoire`: `best`, `oracle`, `ranked:BY`, `file:PATH`, JSON, else a name in the store.
/// Throws Error (invalid_spec).
[[nodiscard]] inline Spec parse(const std::string& text) {
    const bool known = text.starts_with("{") || text == Best::kName || text == Oracle::kName ||
                       text.starts_with("ranked:") || text.starts_with("file:") || text == Ranked::kName;
    if (known || text.empty()) return parse_spec(text, "--grimoire");
    Spec spec;
    spec.name = std::string(Stored::kName);
    spec.argument = text;
    spec.where = "--grimoire";
    return spec;
}

} // namespace familiar::pipeline::grimoires
