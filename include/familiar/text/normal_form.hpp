#pragma once

#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace familiar::text {

/// Unicode's four normal forms (UAX 15).
enum class NormalForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

namespace detail {

struct NormalCharacter {
    char32_t character = 0;
    int change = 0; ///< 1: put in; −n: n characters less than before from here on
    int order = 0;  ///< combining class
};

/// Puts marks in canonical order and composes, where asked for, what may combine: a starter and all behind it that is
/// none. O(n log n) for n marks on one starter.
inline void normalize_cluster(std::vector<NormalCharacter>& cluster, bool composes) {
    const auto by_order = [](const NormalCharacter& a, const NormalCharacter& b) { return a.order < b.order; };
    for (auto run = cluster.begin(); run != cluster.end();) {
        const auto end = std::find_if(run, cluster.end(), [](const NormalCharacter& c) { return c.order == 0; });
        if (!std::is_sorted(run, end, by_order)) std::stable_sort(run, end, by_order);
        run = end == cluster.end() ? end : end + 1;
    }
    if (!composes || cluster.size() < 2) return;
    thread_local std::vector<utf8proc_int32_t> characters;
    characters.clear();
    for (const NormalCharacter& c : cluster) characters.push_back(static_cast<utf8proc_int32_t>(c.character));
    const auto count = utf8proc_normalize_utf32(characters.data(), static_cast<utf8proc_ssize_t>(characters.size()),
                                                static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (count < 0) return; // not possible for scalar values; the text then stays as it is
    // What stayed as it was is found again in order; the others went into the first one.
    std::size_t at = 1, kept = 1;
    cluster[0].character = static_cast<char32_t>(characters[0]);
    for (std::size_t i = 1; i < static_cast<std::size_t>(count); ++i) {
        const auto character = static_cast<char32_t>(characters[i]);
        for (; at + 1 < cluster.size() && cluster[at].character != character; ++at)
            cluster[0].change += cluster[at].change - 1;
        cluster[kept++] = {character, cluster[at].change, cluster[at].order};
        ++at;
    }
    for (; at < cluster.size(); ++at) cluster[0].change += cluster[at].change - 1;
    cluster.resize(static_cast<std::size_t>(count));
}

} // namespace detail

/// Appends the normal form of a well-formed text to `out`. The characters that come out stand for those that went in,
/// in turn, also where marks change places; one that is put in stands for the one before, and a composed one takes the
/// places of what went into it and stands for the first of them, as in Hugging Face's library.
/// O(length), but for many marks on one character.
inline void rewrite_normal_form(const RewrittenText& in, NormalForm form, RewrittenText& out) {
    const bool composes = form == NormalForm::nfc || form == NormalForm::nfkc;
    const bool is_compatible = form == NormalForm::nfkc || form == NormalForm::nfkd;
    thread_local std::vector<detail::NormalCharacter> cluster;
    cluster.clear();
    std::size_t slot = 0, last = 0; // of the characters that went in: the next one, and the one before it
    const auto flush = [&] {
        detail::normalize_cluster(cluster, composes);
        for (const auto& c : cluster) {
            if (c.change <= 0) last = slot;
            out.append(c.character, in, last);
            for (int taken = c.change; taken <= 0 && slot < in.bytes.size(); ++taken) {
                last = slot;
                slot += utf8_length(static_cast<unsigned char>(in.bytes[slot]));
            }
        }
        cluster.clear();
    };
    const auto is_ascii = [&](std::size_t at) { return static_cast<unsigned char>(in.bytes[at]) < 0x80; };
    for (std::size_t at = 0; at < in.bytes.size();) {
        if (is_ascii(at)) { // nothing before it combines with it; with ASCII or nothing behind, it stays as it is
            flush();
            std::size_t plain = at;
            while (plain < in.bytes.size() && is_ascii(plain) && (plain + 1 == in.bytes.size() || is_ascii(plain + 1)))
                ++plain;
            out.append(in, at, plain);
            at = plain;
            slot = at;
            if (at == in.bytes.size()) break;
        }
        const Decoded next = decode_utf8(in.bytes, at);
        std::array<char32_t, kLongestDecomposition> parts{};
        const std::size_t count =
            is_compatible ? decompose_compatibly(next.character, parts) : decompose_canonically(next.character, parts);
        for (std::size_t i = 0; i < count; ++i) {
            const int order = combining_class(parts[i]);
            if (order == 0 && !may_compose_with_previous(parts[i])) flush();
            cluster.push_back({parts[i], i == 0 ? 0 : 1, order});
        }
        at += next.length;
    }
    flush();
}

} // namespace familiar::text
