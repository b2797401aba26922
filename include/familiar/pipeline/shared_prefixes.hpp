#pragma once

#include <familiar/core/grimoire.hpp>
#include <familiar/prompt/prompt.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// Prompt prefixes by what they show, so that equal prefixes are one object and a transport can keep what it computed
/// for it. Holds the `capacity` prefixes used last. Safe for several threads.
class SharedPrefixes {
  public:
    using Part = std::shared_ptr<const prompt::PromptPart>;

    struct Key {
        std::vector<std::size_t> positions; ///< in the training pool, in the order shown
        const Grimoire* notes = nullptr;
        std::size_t lines_dropped = 0; ///< of the notes

        friend bool operator<(const Key& a, const Key& b) {
            return std::tie(a.positions, a.notes, a.lines_dropped) < std::tie(b.positions, b.notes, b.lines_dropped);
        }
    };

    explicit SharedPrefixes(std::size_t capacity = 64) : capacity_(capacity) {}

    /// The prefix of `key`, built by `build()` where it is not there. A prefix is never built twice at once: a second
    /// thread waits for the first. O(log capacity) without the build.
    template <class Build> Part find_or_build(const Key& key, Build&& build) {
        const std::lock_guard lock(mutex_);
        const auto found = parts_.find(key);
        if (found != parts_.end()) {
            recent_.splice(recent_.begin(), recent_, found->second.place);
            return found->second.part;
        }
        Part part = build();
        recent_.push_front(key);
        parts_.emplace(key, Entry{part, recent_.begin()});
        ++built_;
        if (parts_.size() > capacity_) {
            parts_.erase(recent_.back());
            recent_.pop_back();
        }
        return part;
    }

    void clear() {
        const std::lock_guard lock(mutex_);
        parts_.clear();
        recent_.clear();
    }

    /// Prefixes built so far.
    [[nodiscard]] std::size_t built() const {
        const std::lock_guard lock(mutex_);
        return built_;
    }

  private:
    struct Entry {
        Part part;
        std::list<Key>::iterator place;
    };

    std::size_t capacity_, built_ = 0;
    mutable std::mutex mutex_;
    std::list<Key> recent_;
    std::map<Key, Entry> parts_;
};

} // namespace familiar::pipeline
