#include "../backends.hpp"

#include <limits>
#include <optional>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

namespace {

/// Keys and values of one head inside wider rows, ending where their memory ends.
struct Rows {
    Rows(std::size_t count, std::size_t head, std::size_t stride, std::uint64_t seed)
        : keys(count != 0 ? (count - 1) * stride + head : 0), values(keys.size()), n(count), step(stride) {
        keys = random_values(keys.size(), seed, 2.0);
        values = random_values(values.size(), seed + 1, 2.0);
    }
    [[nodiscard]] KeyValueSpan span() const { return {keys.data(), values.data(), n, step}; }

    std::vector<float> keys, values;
    std::size_t n, step;
};

struct Case {
    std::size_t queries, head, own;
    std::vector<std::size_t> visible;
    bool causal = false;
    std::size_t own_offset = 0;
    float slope = 0.0F, soft_cap = 0.0F;
    std::size_t window = 0;
    float scale = 0.25F;
    std::size_t ahead = std::numeric_limits<std::size_t>::max();
    enum class Bias { none, by_pair, by_distance } bias = Bias::none;
};

struct Problem {
    explicit Problem(const Case& c)
        : spec(c), query_stride(c.head + 5), out_stride(c.head + 3), queries(extent(query_stride)) {
        queries = random_values(queries.size(), 1, 2.0);
        for (std::size_t i = 0; i < c.visible.size(); ++i)
            visible.emplace_back(c.visible[i], c.head, c.head + i, 10 + i);
        own.emplace(c.own, c.head, c.head + 7, 20);
        // Either ends with the last number that a task may read.
        if (c.bias == Case::Bias::by_pair) biases = random_values(c.queries * keys(), 30, 3.0);
        if (c.bias == Case::Bias::by_distance) biases = random_values(c.queries - 1 + keys(), 30, 3.0);
        for (const Rows& rows : visible) spans.push_back(rows.span());
    }

    [[nodiscard]] std::size_t extent(std::size_t stride) const {
        return spec.queries != 0 ? (spec.queries - 1) * stride + spec.head : 0;
    }

    [[nodiscard]] std::size_t keys() const {
        std::size_t sum = spec.own;
        for (const std::size_t n : spec.visible) sum += n;
        return sum;
    }
    [[nodiscard]] const float* bias_of(std::size_t query) const {
        if (spec.bias == Case::Bias::none) return nullptr;
        return biases.data() + (spec.bias == Case::Bias::by_pair ? query * keys() : spec.queries - 1 - query);
    }

    [[nodiscard]] AttentionTask task(std::vector<float>& out, std::size_t first, std::size_t count) const {
        AttentionTask t;
        t.queries = {queries.data() + first * query_stride, count, spec.head, query_stride};
        t.visible = spans;
        t.own = own->span();
        t.causal = spec.causal;
        t.own_offset = spec.own_offset + first;
        t.scale = spec.scale;
        t.slope = spec.slope;
        t.soft_cap = spec.soft_cap;
        t.window = spec.window;
        t.ahead = spec.ahead;
        t.bias = bias_of(first);
        t.bias_stride = spec.bias == Case::Bias::by_pair ? static_cast<std::ptrdiff_t>(keys()) : -1;
        t.out = {out.data() + first * out_stride, count, spec.head, out_stride};
        return t;
    }

    static void run(const Dispatched& backend, const AttentionTask& task) {
        std::size_t keys = task.own.count;
        for (const KeyValueSpan& span : task.visible) keys += span.count;
        std::vector<float> scratch(backend.attention_scratch(task.queries.rows, keys, task.queries.columns));
        backend.attention(task, scratch.data());
    }

    [[nodiscard]] std::vector<float> run(const Dispatched& backend) const {
        std::vector<float> out(extent(out_stride), 7.0F);
        run(backend, task(out, 0, spec.queries));
        return out;
    }

    /// From the definition, in double.
    [[nodiscard]] std::vector<double> truth() const {
        std::vector<const float*> keys, values;
        for (const KeyValueSpan& span : spans) {
            for (std::size_t j = 0; j < span.count; ++j) {
                keys.push_back(span.keys + j * span.stride);
                values.push_back(span.values + j * span.stride);
            }
        }
        const std::size_t shared = keys.size();
        for (std::size_t j = 0; j < own->n; ++j) {
            keys.push_back(own->keys.data() + j * own->step);
            values.push_back(own->values.data() + j * own->step);
        }
        std::vector<double> out(spec.queries * spec.head, 0.0);
        for (std::size_t i = 0; i < spec.queries; ++i) {
            const std::size_t position = shared + spec.own_offset + i;
            std::vector<double> scores(keys.size());
            std::vector<bool> sees(keys.size());
            double most = -1e300, sum = 0.0;
            for (std::size_t j = 0; j < keys.size(); ++j) {
                sees[j] = !(spec.causal && j > position) && !(spec.window > 0 && j + spec.window <= position) &&
                          !(j > position && j - position > spec.ahead);
                if (!sees[j]) continue;
                double score = 0.0;
                for (std::size_t h = 0; h < spec.head; ++h) {
                    score += double{queries[i * query_stride + h]} * keys[j][h];
                }
                score *= spec.scale;
                if (spec.soft_cap > 0.0F) score = spec.soft_cap * std::tanh(score / spec.soft_cap);
                if (const float* const bias = bias_of(i); bias != nullptr) score += bias[j];
                scores[j] = score + spec.slope * (static_cast<double>(j) - static_cast<double>(position));
                most = std::max(most, scores[j]);
            }
            for (std::size_t j = 0; j < keys.size(); ++j) sum += sees[j] ? std::exp(scores[j] - most) : 0.0;
            for (std::size_t j = 0; j < keys.size(); ++j) {
                if (!sees[j]) continue;
                for (std::size_t h = 0; h < spec.head; ++h) {
                    out[i * spec.head + h] += std::exp(scores[j] - most) / sum * values[j][h];
                }
            }
        }
        return out;
    }

    Case spec;
    std::size_t query_stride, out_stride;
    std::vector<float> queries, biases;
    std::vector<Rows> visible;
    std::optional<Rows> own;
    std::vector<KeyValueSpan> spans;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const std::size_t head : {16, 24, 32, 40, 64, 80, 128, 256, 5}) {
        for (const std::size_t n : {1, 2, 6, 7, 13, 17, 33, 70}) {
            all.push_back({n, head, n, {}});
            all.push_back({n, head, n, {}, true});
        }
    }
    for (const std::size_t queries : {1, 3, 8, 20}) {
        for (const bool causal : {false, true}) {
            all.push_back({queries, 64, queries, {100}, causal});
            all.push_back({queries, 24, queries, {37, 0, 70}, causal});
            all.push_back({queries, 32, 0, {5, 9}, causal});
            all.push_back({queries, 32, queries + 4, {11}, causal, 4});
            all.push_back({queries, 32, queries, {40}, causal, 0, 0.0F, 0.0F, 7});
            all.push_back({queries, 32, queries, {40}, causal, 0, 0.06F, 0.0F, 0});
            all.push_back({queries, 40, queries, {40}, causal, 0, 0.0F, 2.0F, 0});
            all.push_back({queries, 40, queries, {23, 40}, causal, 2, 0.03F, 1.5F, 19});
            all.push_back({queries, 16, queries, {12}, causal, 0, 0.0F, 0.0F, 0, -0.3F});
            all.push_back({queries, 16, queries, {12}, causal, 0, 0.0F, 0.0F, 0, 0.0F});
            all.push_back({queries, 24, queries, {30}, causal, 0, 0.0F, 0.0F, 0, 0.3F, 9, Case::Bias::by_pair});
            all.push_back({queries, 32, queries, {9}, causal, 0, 0.02F, 3.0F, 0, 0.3F, 0, Case::Bias::by_distance});
        }
    }
    for (const std::size_t n : {1, 2, 15, 40, 70}) {
        all.push_back({n, 64, n, {}, false, 0, 0.0F, 0.0F, 9, 0.25F, 8});
        all.push_back({n, 16, n, {}, false, 0, 0.0F, 0.0F, 0, 0.25F, 3, Case::Bias::by_distance});
        all.push_back({n, 64, n, {}, false, 0, 0.0F, 0.0F, 0, 0.25F, n, Case::Bias::by_pair});
    }
    return all;
}

std::string describe(const Case& c) {
    std::string text = std::to_string(c.queries) + " queries, head " + std::to_string(c.head) + ", own " +
                       std::to_string(c.own) + ", visible";
    for (const std::size_t n : c.visible) text += " " + std::to_string(n);
    return text + ", causal " + std::to_string(c.causal) + ", offset " + std::to_string(c.own_offset) + ", slope " +
           std::to_string(c.slope) + ", cap " + std::to_string(c.soft_cap) + ", window " + std::to_string(c.window) +
           ", ahead " + std::to_string(c.ahead) + ", bias " + std::to_string(static_cast<int>(c.bias));
}

} // namespace

TEST_CASE("attention equals its definition and writes nothing beside its rows", "[kernels][attention]") {
    for (const Case& c : cases()) {
        const Problem problem(c);
        const auto truth = problem.truth();
        for (const Dispatched& backend : backends()) {
            const auto out = problem.run(backend);
            INFO(backend.name() << " " << describe(c));
            for (std::size_t at = 0; at < out.size(); ++at) {
                const std::size_t i = at / problem.out_stride, h = at % problem.out_stride;
                if (h < c.head) {
                    const double wanted = truth[i * c.head + h];
                    if (!is_within(out[at], wanted, 2e-5)) FAIL(i << "," << h << ": " << out[at] << " for " << wanted);
                } else if (out[at] != 7.0F) {
                    FAIL("wrote beside row " << i);
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("what a query gets does not depend on the queries beside it, bit for bit", "[kernels][attention]") {
    for (const Case& c : cases()) {
        const Problem problem(c);
        for (const Dispatched& backend : backends()) {
            const auto together = problem.run(backend);
            std::vector<float> alone(together.size(), 7.0F);
            for (std::size_t i = 0; i < c.queries; ++i) Problem::run(backend, problem.task(alone, i, 1));
            INFO(backend.name() << " " << describe(c));
            if (!same_bits(alone, together)) FAIL("differs");
        }
    }
    SUCCEED();
}

TEST_CASE("how the visible keys are cut into spans changes no bit", "[kernels][attention]") {
    const std::size_t count = 75, head = 40, queries = 9;
    const Problem whole({queries, head, queries, {count}, true, 0, 0.02F});
    for (const Dispatched& backend : backends()) {
        const auto expected = whole.run(backend);
        for (const std::size_t cut : {1, 16, 31, 64, 74}) {
            Problem parts = whole;
            const KeyValueSpan all = whole.visible[0].span();
            parts.spans = {{all.keys, all.values, cut, all.stride},
                           {all.keys + cut * all.stride, all.values + cut * all.stride, count - cut, all.stride}};
            INFO(backend.name() << " cut at " << cut);
            CHECK(same_bits(parts.run(backend), expected));
        }
    }
}

TEST_CASE("a query that sees nothing gets zeros", "[kernels][attention]") {
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        const Problem none({3, 24, 0, {}});
        const auto out = none.run(backend);
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t h = 0; h < 24; ++h) REQUIRE(out[i * none.out_stride + h] == 0.0F);
        }
        Case far{8, 32, 2, {}, false, 0, 0.0F, 0.0F, 2}; // queries 3 and later stand more than a window behind the keys
        const Problem behind(far);
        const auto rows = behind.run(backend);
        for (std::size_t i = 3; i < 8; ++i) {
            for (std::size_t h = 0; h < 32; ++h) REQUIRE(rows[i * behind.out_stride + h] == 0.0F);
        }
        CHECK(rows[0] != 0.0F);
    }
}

TEST_CASE("scores far apart leave the best key's value, and a NaN is not hidden", "[kernels][attention]") {
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        Problem problem({7, 32, 7, {20}});
        for (std::size_t i = 0; i < 7; ++i) {
            for (std::size_t h = 0; h < 32; ++h) problem.queries[i * problem.query_stride + h] = h == 0 ? 1e18F : 0.0F;
        }
        for (std::size_t j = 0; j < 20; ++j)
            problem.visible[0].keys[j * problem.visible[0].step] = j == 11 ? 1e18F : 0.0F;
        for (std::size_t j = 0; j < 7; ++j) problem.own->keys[j * problem.own->step] = -1e18F;
        problem.spans = {problem.visible[0].span()};
        const auto out = problem.run(backend);
        for (std::size_t i = 0; i < 7; ++i) {
            for (std::size_t h = 0; h < 32; ++h) {
                const float wanted = problem.visible[0].values[11 * problem.visible[0].step + h];
                REQUIRE(out[i * problem.out_stride + h] == wanted);
            }
        }
        problem.queries[3 * problem.query_stride + 5] = kNan;
        const auto spoiled = problem.run(backend);
        for (std::size_t i = 0; i < 7; ++i) {
            for (std::size_t h = 0; h < 32; ++h) REQUIRE(std::isnan(spoiled[i * problem.out_stride + h]) == (i == 3));
        }
    }
}
