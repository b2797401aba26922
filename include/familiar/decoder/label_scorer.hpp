#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/result.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/generation.hpp>
#include <familiar/decoder/prefix_keeper.hpp>
#include <familiar/decoder/top_logprobs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A prompt and the continuations to score. Does not own.
struct ScoreRequest {
    std::span<const std::int32_t> prompt;                  ///< at least one token
    std::span<const std::vector<std::int32_t>> candidates; ///< at least one, none empty
    std::size_t shared = 0; ///< tokens at the prompt's beginning that other requests are known to share
    std::size_t top = 0;    ///< how many of the likeliest next tokens are asked for beside the candidates
};

struct Scores {
    std::vector<double> logprobs;  ///< natural log, summed over a candidate's tokens
    std::vector<TokenLogprob> top; ///< the likeliest next tokens, best first
    std::size_t reused_tokens = 0; ///< of the prompt, kept from earlier requests
};

/// Log-probabilities of candidate continuations: no generation, one pass over a small tree. Every candidate's tokens
/// see the prompt and each other only; of a candidate all tokens but the last go through the layers, once for all
/// candidates that begin with the same ones, and the shared beginning goes through them once for all requests. Several
/// requests share a pass, so that the weights are unpacked once for all of them; the results are those of one request
/// at a time.
template <class Model> class LabelScorer {
  public:
    LabelScorer(Model& model, PrefixKeeper<Model>& prefixes) : model_(&model), prefixes_(&prefixes) {}

    /// One result a request, in order. A `Failure` for a request that cannot be scored: text_too_long (prompt and
    /// longest candidate, against the context), invalid_token, invalid_argument. Throws `Error`: numeric_failure,
    /// cancelled.
    std::vector<Result<Scores>> score(std::span<const ScoreRequest> requests,
                                      const Cancellation* cancellation = nullptr) {
        std::vector<std::optional<Failure>> failures(requests.size());
        std::vector<Scores> scores(requests.size());
        prefix_.assign(requests.size(), {});
        views_.assign(requests.size(), {});
        units_.clear();
        sorted_.clear();
        next_ = 0;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            failures[i] = find_fault(requests[i]);
            if (failures[i]) continue;
            scores[i].logprobs.assign(requests[i].candidates.size(), 0.0);
            keep_prefix(requests[i], i, cancellation);
            scores[i].reused_tokens = prefix_[i].reused;
            divide(requests[i], i);
            run_units(requests, scores, false, cancellation);
        }
        run_units(requests, scores, true, cancellation);
        return results_of(scores, failures);
    }

  private:
    /// Candidates [first, end) of `sorted_`, with their request's own part of the prompt before them.
    struct Unit {
        std::size_t request, first, end, rows;
    };
    struct Place {
        std::size_t request, candidate;
    };
    struct Mark {
        Target target;
        Place place;
    };

    [[nodiscard]] std::optional<Failure> find_fault(const ScoreRequest& request) const {
        const auto invalid = [&](std::string what) { return Failure{ErrorCode::invalid_argument, std::move(what)}; };
        if (request.prompt.empty()) return invalid("the prompt has no token");
        if (request.candidates.empty()) return invalid("there is no candidate to score");
        std::size_t longest = 0;
        for (const auto& candidate : request.candidates) {
            if (candidate.empty()) return invalid("a candidate has no token");
            longest = std::max(longest, candidate.size());
        }
        const auto check = [&](std::span<const std::int32_t> tokens) -> std::optional<Failure> {
            return find_unknown_token(tokens, model_->shape().vocabulary);
        };
        if (auto unknown = check(request.prompt)) return unknown;
        for (const auto& candidate : request.candidates) {
            if (auto unknown = check(candidate)) return unknown;
        }
        if (request.prompt.size() + longest > model_->shape().context) {
            return Failure{ErrorCode::text_too_long, "a prompt of " + std::to_string(request.prompt.size()) +
                                                         " tokens and a candidate of " + std::to_string(longest) +
                                                         ", a context of " + std::to_string(model_->shape().context)};
        }
        return std::nullopt;
    }

    void keep_prefix(const ScoreRequest& request, std::size_t i, const Cancellation* cancellation) {
        prefix_[i] = prefixes_->keep(request.prompt, request.shared, cancellation);
        // A long own part would leave no room for candidates: all but its last token is then kept, too.
        if (request.prompt.size() - prefix_[i].tokens > Model::kMostRows / 2) {
            const std::size_t reused = prefix_[i].reused;
            prefix_[i] = prefixes_->keep(request.prompt, request.prompt.size() - 1, cancellation);
            prefix_[i].reused = reused;
        }
        views_[i] = prefix_[i].view();
    }

    [[nodiscard]] std::span<const std::int32_t> own_part(const ScoreRequest& request, std::size_t i) const {
        return request.prompt.subspan(prefix_[i].tokens);
    }

    /// Units that fit into a pass; a candidate that fits into none is one by itself. Candidates are sorted, so that
    /// those that begin alike stand together.
    void divide(const ScoreRequest& request, std::size_t i) {
        const std::size_t own = own_part(request, i).size(), begin = sorted_.size();
        for (std::size_t c = 0; c < request.candidates.size(); ++c) sorted_.push_back(c);
        std::sort(sorted_.begin() + static_cast<std::ptrdiff_t>(begin), sorted_.end(),
                  [&](std::size_t a, std::size_t b) { return request.candidates[a] < request.candidates[b]; });
        Unit unit{i, begin, begin, own};
        for (std::size_t at = begin; at < sorted_.size(); ++at) {
            const auto& candidate = request.candidates[sorted_[at]];
            const bool begins = unit.end == unit.first;
            std::size_t rows = candidate.size() - 1;
            if (!begins) rows -= shared_rows(request.candidates[sorted_[at - 1]], candidate);
            if (!begins && unit.rows + rows > Model::kMostRows) {
                units_.push_back(unit);
                unit = {i, at, at, own};
                rows = candidate.size() - 1;
            }
            unit.rows += rows;
            unit.end = at + 1;
        }
        units_.push_back(unit);
    }

    /// Tokens of a candidate that go through the layers for the one before it, too.
    static std::size_t shared_rows(const std::vector<std::int32_t>& before,
                                   const std::vector<std::int32_t>& candidate) {
        const auto parts = std::mismatch(before.begin(), before.end(), candidate.begin(), candidate.end());
        return std::min(
            {static_cast<std::size_t>(parts.first - before.begin()), before.size() - 1, candidate.size() - 1});
    }

    /// Runs the passes that are full, or all; prefixes that are no longer needed are let go.
    void run_units(std::span<const ScoreRequest> requests, std::vector<Scores>& scores, bool all,
                   const Cancellation* cancellation) {
        while (next_ < units_.size()) {
            if (cancellation != nullptr) cancellation->throw_if_requested();
            std::size_t end = next_, rows = 0;
            while (end < units_.size() && rows + units_[end].rows <= Model::kMostRows) rows += units_[end++].rows;
            if (end == next_) {
                score_alone(requests, units_[end], begins_request(end), scores, cancellation);
                ++end;
            } else if (end == units_.size() && !all) {
                return;
            } else {
                score_together(requests, next_, end, scores);
            }
            const std::size_t unfinished = end < units_.size() ? units_[end].request : units_[end - 1].request + 1;
            for (std::size_t i = units_[next_].request; i < unfinished; ++i) prefix_[i].store.reset();
            next_ = end;
        }
    }

    void score_together(std::span<const ScoreRequest> requests, std::size_t first, std::size_t end,
                        std::vector<Scores>& scores) {
        segments_.clear();
        targets_.clear();
        places_.clear();
        tops_.clear();
        marks_.clear();
        std::size_t row = 0;
        for (std::size_t u = first; u < end; ++u) {
            const Unit& unit = units_[u];
            const ScoreRequest& request = requests[unit.request];
            const std::size_t query = segments_.size();
            const std::span<const KeyValueView> visible(&views_[unit.request],
                                                        prefix_[unit.request].tokens != 0 ? 1 : 0);
            Segment segment;
            segment.tokens = own_part(request, unit.request);
            segment.position = prefix_[unit.request].tokens;
            segment.visible = visible;
            segment.length = request.prompt.size();
            segments_.push_back(segment);
            row += segment.tokens.size();
            if (begins_request(u) && request.top != 0) tops_.push_back({unit.request, row - 1});
            segment.position = request.prompt.size();
            segment.parent = query;
            branch(unit, request, segment, {unit.first, unit.end}, 0, row - 1, row);
        }
        model_->run(segments_);
        std::stable_sort(marks_.begin(), marks_.end(),
                         [](const Mark& a, const Mark& b) { return a.target.row < b.target.row; });
        for (const auto& mark : marks_) {
            targets_.push_back(mark.target);
            places_.push_back(mark.place);
        }
        add_targets(scores);
        for (const auto& [request, at] : tops_) scores[request].top = top_of_row(*model_, at, requests[request].top);
    }

    struct Range {
        std::size_t first, end;
    };

    /// Candidates of `sorted_` that agree in their first `depth` tokens, the last of which is row `at` of the pass: one
    /// segment for the tokens that a group of them goes on with, as far as it agrees, then the groups within it.
    ///
    /// @param after what the segments have in common, with the parent that they follow
    void branch(const Unit& unit, const ScoreRequest& request, const Segment& after, Range range, std::size_t depth,
                std::size_t at, std::size_t& row) {
        const auto tokens = [&](std::size_t i) -> const std::vector<std::int32_t>& {
            return request.candidates[sorted_[i]];
        };
        const auto mark = [&](std::size_t i, std::size_t place, std::size_t of_row) {
            marks_.push_back({{of_row, tokens(i)[place]}, {unit.request, sorted_[i]}});
        };
        for (std::size_t first = range.first, end = first; first < range.end; first = end) {
            while (end < range.end && tokens(end)[depth] == tokens(first)[depth]) mark(end++, depth, at);
            // Shorter ones come first, and have no more tokens to go through the layers.
            std::size_t longer = first;
            while (longer < end && tokens(longer).size() == depth + 1) ++longer;
            if (longer == end) continue;
            // As far as all of them agree and go on.
            const auto &one = tokens(longer), &other = tokens(end - 1);
            std::size_t reach = depth + 1;
            while (reach + 1 < one.size() && reach + 1 < other.size() && one[reach] == other[reach]) {
                for (std::size_t i = longer; i < end; ++i) mark(i, reach, row + reach - depth - 1);
                ++reach;
            }
            Segment segment = after;
            segment.tokens = std::span(one).subspan(depth, reach - depth);
            segment.position = request.prompt.size() + depth;
            segments_.push_back(segment);
            row += segment.tokens.size();
            Segment inside = segment;
            inside.parent = segments_.size() - 1;
            branch(unit, request, inside, {longer, end}, reach, row - 1, row);
        }
    }

    [[nodiscard]] bool begins_request(std::size_t u) const noexcept {
        return u == 0 || units_[u - 1].request != units_[u].request;
    }

    /// A candidate that is longer than a pass: its tokens one pass after the other.
    void score_alone(std::span<const ScoreRequest> requests, const Unit& unit, bool is_first,
                     std::vector<Scores>& scores, const Cancellation* cancellation) {
        const ScoreRequest& request = requests[unit.request];
        const auto own = own_part(request, unit.request);
        const std::size_t number = sorted_[unit.first];
        const auto& candidate = request.candidates[number];
        std::vector<std::int32_t> tokens(own.begin(), own.end());
        tokens.insert(tokens.end(), candidate.begin(), candidate.end());
        KeyValueStore store(model_->shape(), tokens.size(), model_->key_values());
        const std::span<const KeyValueView> visible(&views_[unit.request], prefix_[unit.request].tokens != 0 ? 1 : 0);
        for (std::size_t done = 0, rows = 0; done + 1 < tokens.size(); done += rows) {
            rows = std::min(Model::kMostRows, tokens.size() - 1 - done);
            run_in_passes(*model_, std::span<const std::int32_t>(tokens).subspan(done, rows),
                          prefix_[unit.request].tokens + done, visible, store, cancellation, request.prompt.size());
            targets_.clear();
            places_.clear();
            for (std::size_t row = 0; row < rows; ++row) {
                if (done + row + 1 < own.size()) continue;
                targets_.push_back({row, tokens[done + row + 1]});
                places_.push_back({unit.request, number});
            }
            add_targets(scores);
            if (is_first && request.top != 0 && done < own.size() && own.size() <= done + rows) {
                scores[unit.request].top = top_of_row(*model_, own.size() - 1 - done, request.top);
            }
        }
    }

    void add_targets(std::vector<Scores>& scores) {
        logprobs_.resize(targets_.size());
        model_->log_probabilities(targets_, logprobs_);
        for (std::size_t t = 0; t < targets_.size(); ++t) {
            scores[places_[t].request].logprobs[places_[t].candidate] += logprobs_[t];
        }
    }

    Model* model_;
    PrefixKeeper<Model>* prefixes_;
    std::vector<KeptPrefix> prefix_;
    std::vector<KeyValueView> views_;
    std::vector<Unit> units_;
    std::vector<std::size_t> sorted_; ///< candidates of each request
    std::vector<Mark> marks_;
    std::size_t next_ = 0; ///< first unit that has not run
    std::vector<Segment> segments_;
    std::vector<Target> targets_;
    std::vector<Place> places_;
    std::vector<std::pair<std::size_t, std::size_t>> tops_;
    std::vector<double> logprobs_;
};

} // namespace familiar::decoder
