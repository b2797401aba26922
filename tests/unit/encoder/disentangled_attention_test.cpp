#include <familiar/core/random.hpp>
#include <familiar/encoder/disentangled_attention.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;

namespace {

std::vector<float> random_values(std::size_t n, std::uint64_t seed) {
    Random random(seed, "disentangled");
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(2.0 * random.uniform() - 1.0);
    return values;
}

Linear packed(const std::vector<float>& rows, std::size_t inputs) {
    Linear linear{tensor::PackedMatrix(rows.size() / inputs, inputs), {}};
    for (std::size_t o = 0; o < linear.outputs(); ++o) {
        for (std::size_t k = 0; k < inputs; ++k) {
            linear.packed.panel(o / tensor::kPanelWidth)[k * tensor::kPanelWidth + o % tensor::kPanelWidth] =
                rows[o * inputs + k];
        }
    }
    return linear;
}

} // namespace

TEST_CASE("scores between words and distances are added as the definition says, in tiles and for one query alone") {
    const std::size_t size = 12, most = 150, span = 100, columns = 2 * span;
    const auto keys_of_distances = random_values(columns * size, 1),
               queries_of_distances = random_values(columns * size, 2);
    const Linear keys = packed(keys_of_distances, size), queries = packed(queries_of_distances, size);
    std::vector<std::uint32_t> column(2 * most - 1); // any map will do; this one is clamped at the ends
    for (std::size_t i = 0; i < column.size(); ++i) {
        const auto distance = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(most - 1);
        column[i] = static_cast<std::uint32_t>(std::clamp<std::ptrdiff_t>(distance + 100, 0, 199));
    }
    for (const std::size_t n : {1, 7, 64, 65, 150}) {
        const auto x = random_values(n * size, 3), k = random_values(n * size, 4), v = random_values(n * size, 5);
        for (const auto& [by_keys, by_queries] : {std::pair(true, true), {true, false}, {false, true}}) {
            std::vector<double> wanted(n * size, 0.0);
            for (std::size_t i = 0; i < n; ++i) {
                std::vector<double> weight(n);
                double sum = 0.0;
                for (std::size_t j = 0; j < n; ++j) {
                    const std::size_t c = column[most - 1 + j - i];
                    double score = 0.0;
                    for (std::size_t h = 0; h < size; ++h) {
                        score += double{x[i * size + h]} * k[j * size + h];
                        if (by_keys) score += double{x[i * size + h]} * keys_of_distances[c * size + h];
                        if (by_queries) score += double{k[j * size + h]} * queries_of_distances[c * size + h];
                    }
                    sum += weight[j] = std::exp(0.3 * score);
                }
                for (std::size_t j = 0; j < n; ++j) {
                    for (std::size_t h = 0; h < size; ++h) wanted[i * size + h] += weight[j] / sum * v[j * size + h];
                }
            }
            const kernels::Dispatched backend;
            std::vector<float> scratch(DisentangledHead::scratch(backend, n, size, columns)), out(n * size), one(size);
            kernels::AttentionTask task;
            task.queries = {x.data(), n, size};
            task.own = {k.data(), v.data(), n, size};
            task.scale = 0.3F;
            task.out = {out.data(), n, size};
            const DisentangledHead head{by_keys ? &keys : nullptr, by_queries ? &queries : nullptr, column};
            head.attend(backend, task, 0, scratch.data());
            for (std::size_t e = 0; e < out.size(); ++e) REQUIRE(std::abs(out[e] - wanted[e]) < 1e-5);
            for (const std::size_t i : {std::size_t{0}, n - 1}) {
                task.queries = {x.data() + i * size, 1, size};
                task.out = {one.data(), 1, size};
                head.attend(backend, task, i, scratch.data());
                for (std::size_t h = 0; h < size; ++h) REQUIRE(one[h] == out[i * size + h]);
            }
        }
    }
}
