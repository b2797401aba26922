#pragma once

#include <familiar/encoder/text_encoder.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/sections.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// For each query the nearest section of one grimoire (RetrievedStrategy writes such), by the similarity of their
/// texts. A grimoire without sections is shown whole.
template <encoder::TextEncoder Encoder> class SectionRanker {
  public:
    static constexpr bool depends_on_query = true;

    SectionRanker(const Grimoire& grimoire, Encoder encoder)
        : name_(grimoire.name), sections_(split(grimoire), std::move(encoder)) {}

    void prepare(const Task& task) { sections_.prepare(task); }
    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) {
        return sections_.choose(queries);
    }
    [[nodiscard]] std::string identity() const { return "section:" + name_ + ":" + sections_.identity(); }

  private:
    static std::vector<Grimoire> split(const Grimoire& grimoire) {
        std::vector<Grimoire> parts;
        for (auto& section : sections_of(grimoire.text)) {
            parts.push_back({grimoire.name + "/" + std::to_string(parts.size() + 1), std::move(section)});
        }
        return parts;
    }

    std::string name_;
    SimilarityRanker<Encoder> sections_;
};

} // namespace familiar::grimoire
