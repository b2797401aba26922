#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/label_turns.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/average_linkage.hpp>
#include <familiar/retrieval/central_members.hpp>
#include <familiar/retrieval/k_means.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Clusters by k-means: Grimoire's KCS (arXiv 2401.03385, section 3.1).
struct KMeansClusters {
    static constexpr std::string_view kName = "kcs";
    static constexpr std::size_t kMost = std::size_t(1) << 31;

    template <kernels::KernelBackend Kernels>
    static std::vector<std::size_t> labels(tensor::MatrixView<const float> rows, std::size_t clusters,
                                           std::uint64_t seed, ThreadPool* pool, const Kernels& kernels) {
        return retrieval::k_means(rows, clusters, seed, {}, pool, kernels).labels;
    }
};

/// Clusters by average linkage of cosine distances: Grimoire's HCS. Of a label with more than `kMost` examples as many
/// are drawn at random, since the distances of all pairs are kept (256 MiB).
struct LinkageClusters {
    static constexpr std::string_view kName = "hcs";
    static constexpr std::size_t kMost = 8192;

    template <kernels::KernelBackend Kernels>
    static std::vector<std::size_t> labels(tensor::MatrixView<const float> rows, std::size_t clusters, std::uint64_t,
                                           ThreadPool* pool, const Kernels& kernels) {
        return retrieval::average_linkage(rows, pool, kernels).cut(clusters);
    }
};

/// Typical and different examples: the embeddings of each label's examples are clustered, and of each cluster the
/// member closest to its mean is shown; the same for every query. Labels have equal shares and take turns, the largest
/// cluster first; what clusters do not give (copies make fewer of them, and some empty) is drawn at random from the
/// label's other examples. Without labels (generation) everything is one group. Clusters are made once for each count.
template <class Clusters, encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
class ClusterSelector {
  public:
    static constexpr std::string_view kName = Clusters::kName;
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    /// @param pool may be null
    ClusterSelector(Parameters, Encoder encoder, ThreadPool* pool = nullptr, Kernels kernels = {})
        : pool_(std::move(encoder)), threads_(pool), kernels_(std::move(kernels)) {}

    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        pool_.take(pool);
        seed_ = seed;
        known_.clear();
        groups_ = LabelGroups::of(task, pool, pool_.rows().positions(), seed, "demonstration/clusters");
        Random random(seed, "demonstration/members");
        others_ = groups_.members;
        for (auto& group : others_) random.shuffle(std::span(group));
        for (std::size_t g = 0; g < groups_.members.size(); ++g) {
            auto& members = groups_.members[g];
            if (members.size() <= Clusters::kMost) continue;
            members.assign(others_[g].begin(), others_[g].begin() + static_cast<std::ptrdiff_t>(Clusters::kMost));
            std::sort(members.begin(), members.end());
        }
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        count = std::min(count, pool_.rows().size());
        auto known = known_.find(count);
        if (known == known_.end()) known = known_.emplace(count, chosen(count)).first;
        return std::vector<std::vector<std::size_t>>(queries.size(), known->second);
    }

    [[nodiscard]] std::string identity() const { return std::string(kName) + "(" + pool_.encoder_identity() + ")"; }

  private:
    [[nodiscard]] std::vector<std::size_t> chosen(std::size_t count) const {
        LabelGroups all;
        all.members = others_;
        const auto shares = all.shares(count);
        std::vector<std::vector<std::size_t>> lists(others_.size());
        for (std::size_t g = 0; g < others_.size(); ++g) {
            if (shares[g] == 0) continue;
            lists[g] = centres(groups_.members[g], shares[g]);
            for (const std::size_t row : others_[g]) {
                if (lists[g].size() == shares[g]) break;
                if (std::find(lists[g].begin(), lists[g].end(), row) == lists[g].end()) lists[g].push_back(row);
            }
        }
        auto rows = in_turns(lists);
        for (std::size_t& row : rows) row = pool_.rows().position(row);
        return rows;
    }

    /// The member closest to the mean of each cluster of some rows, of larger clusters first.
    [[nodiscard]] std::vector<std::size_t> centres(const std::vector<std::size_t>& members,
                                                   std::size_t clusters) const {
        const auto vectors = pool_.vectors();
        tensor::AlignedBuffer<float> values(members.size() * vectors.columns);
        for (std::size_t i = 0; i < members.size(); ++i)
            std::copy_n(vectors.row(members[i]), vectors.columns, values.data() + i * vectors.columns);
        const tensor::MatrixView<const float> rows(values.data(), members.size(), vectors.columns);
        clusters = std::min(clusters, members.size());
        const auto labels = Clusters::labels(rows, clusters, seed_, threads_, kernels_);
        const auto central = retrieval::central_members(rows, labels, clusters);
        std::vector<std::size_t> sizes(clusters, 0), order;
        for (const std::size_t label : labels) ++sizes[label];
        for (std::size_t c = 0; c < clusters; ++c) {
            if (central[c] != retrieval::kNobody) order.push_back(c);
        }
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return sizes[a] > sizes[b]; });
        for (std::size_t& cluster : order) cluster = members[central[cluster]];
        return order;
    }

    EmbeddedPool<Encoder> pool_;
    ThreadPool* threads_;
    Kernels kernels_;
    std::uint64_t seed_ = 0;
    LabelGroups groups_;                                    ///< rows that are clustered
    std::vector<std::vector<std::size_t>> others_;          ///< all rows of each group, in random order
    std::map<std::size_t, std::vector<std::size_t>> known_; ///< by count
};

template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
using KcsSelector = ClusterSelector<KMeansClusters, Encoder, Kernels>;

template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
using HcsSelector = ClusterSelector<LinkageClusters, Encoder, Kernels>;

} // namespace familiar::demonstration
