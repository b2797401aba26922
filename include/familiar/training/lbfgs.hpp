#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace familiar::training {

/// A function of many variables with its gradient: returns f(x) and writes ∇f(x) to `gradient`, both of one length.
template <class F>
concept DifferentiableFunction = requires(F& f, std::span<const double> x, std::span<double> gradient) {
    { f(x, gradient) } -> std::convertible_to<double>;
};

struct LbfgsOptions {
    std::size_t memory = 12; ///< pairs of steps and gradient changes kept
    std::size_t max_iterations = 1000;
    double gradient_tolerance = 1e-6; ///< ends where the gradient's Euclidean length is no larger
};

struct LbfgsResult {
    double value = 0.0;           ///< f at the end
    double gradient_length = 0.0; ///< Euclidean
    std::size_t iterations = 0, evaluations = 0;
    bool converged = false; ///< the tolerance was reached; else the iterations or the precision of f ran out
};

/// The preconditioner that knows nothing: the matrix 1.
struct Unchanged {
    void operator()(std::span<double>) const noexcept {}
};

namespace detail {

inline double dot(std::span<const double> a, std::span<const double> b) noexcept {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// f along a line.
struct LinePoint {
    double step = 0.0, value = 0.0, slope = 0.0;
};

/// The minimum of the cubic through two points' values and slopes, kept inside the bracket by a tenth of its width.
inline double cubic_step(const LinePoint& a, const LinePoint& b) noexcept {
    const double low = std::min(a.step, b.step), high = std::max(a.step, b.step), margin = 0.1 * (high - low);
    const double d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    const double square = d1 * d1 - a.slope * b.slope;
    double step = 0.5 * (low + high);
    if (square >= 0.0) {
        const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
        const double at = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
        if (std::isfinite(at)) step = at;
    }
    return std::clamp(step, low + margin, high - margin);
}

} // namespace detail

/// Minimises `f` from `x`, which is left at the minimum found: limited-memory BFGS with a line search for the strong
/// Wolfe conditions (Nocedal, Wright: "Numerical Optimization", 2nd ed., algorithms 7.4, 3.5, 3.6). Where the values of
/// f no longer tell two points apart, the slopes decide (Hager, Zhang 2005, "approximate Wolfe"). Deterministic; memory
/// O(memory · n). A start where f or its gradient is not finite is returned as it is, not converged.
///
/// `precondition` multiplies a direction, in place, by a symmetric positive definite matrix near a multiple of the
/// inverse Hessian: where curvatures are spread widely, a good one saves most iterations. The minimum is the same.
template <DifferentiableFunction F, class Precondition = Unchanged>
    requires std::invocable<Precondition&, std::span<double>>
LbfgsResult minimise(F&& f, std::span<double> x, const LbfgsOptions& options = {}, Precondition precondition = {}) {
    using Vector = std::vector<double>;
    constexpr double kArmijo = 1e-4, kCurvature = 0.9; // the book's values for quasi-Newton directions
    constexpr std::size_t kLineEvaluations = 40;
    constexpr bool kPreconditioned = !std::is_same_v<Precondition, Unchanged>;
    const std::size_t n = x.size(), memory = std::max<std::size_t>(options.memory, 1);

    struct Pair {
        Vector step, change;
        double scale = 0.0; ///< 1 / (change · step)
        double gamma = 0.0; ///< (change · step) / (change · preconditioned change)
    };
    std::vector<Pair> pairs;
    std::size_t newest = 0; // pairs is a ring once it is full
    Vector gradient(n), direction(n), candidate(n), candidate_gradient(n), alphas(memory);

    LbfgsResult result;
    const auto evaluate = [&](std::span<const double> at, std::span<double> g) {
        ++result.evaluations;
        return static_cast<double>(f(at, g));
    };
    result.value = evaluate(x, gradient);
    const auto length = [](std::span<const double> v) { return std::sqrt(detail::dot(v, v)); };
    result.gradient_length = length(gradient);

    while (true) {
        if (!std::isfinite(result.value) || !std::isfinite(result.gradient_length)) return result;
        result.converged = result.gradient_length <= options.gradient_tolerance;
        if (result.converged || result.iterations == options.max_iterations) return result;

        // direction = -H · gradient by the two loops over the stored pairs
        const std::size_t stored = pairs.size();
        const auto pair_from_newest = [&](std::size_t age) -> const Pair& {
            return pairs[(newest + stored - age) % stored];
        };
        for (std::size_t i = 0; i < n; ++i) direction[i] = -gradient[i];
        for (std::size_t age = 0; age < stored; ++age) {
            const Pair& p = pair_from_newest(age);
            alphas[age] = p.scale * detail::dot(p.step, direction);
            for (std::size_t i = 0; i < n; ++i) direction[i] -= alphas[age] * p.change[i];
        }
        precondition(std::span<double>(direction));
        if (stored != 0) {
            const double gamma = pair_from_newest(0).gamma;
            for (double& d : direction) d *= gamma;
        }
        for (std::size_t age = stored; age-- > 0;) {
            const Pair& p = pair_from_newest(age);
            const double beta = p.scale * detail::dot(p.change, direction);
            for (std::size_t i = 0; i < n; ++i) direction[i] += (alphas[age] - beta) * p.step[i];
        }
        double slope = detail::dot(direction, gradient);
        if (!(slope < 0.0)) { // rounding has spoilt the pairs: begin again with the gradient
            if (stored == 0) return result;
            pairs.clear();
            newest = 0;
            continue;
        }

        const detail::LinePoint start{0.0, result.value, slope};
        // Differences of f below this are rounding.
        const double noise = 10.0 * std::numeric_limits<double>::epsilon() * std::abs(result.value);
        const auto at = [&](double step) {
            for (std::size_t i = 0; i < n; ++i) candidate[i] = x[i] + step * direction[i];
            detail::LinePoint point;
            point.step = step;
            point.value = evaluate(candidate, candidate_gradient);
            point.slope = detail::dot(candidate_gradient, direction);
            return point;
        };
        const auto descends = [&](const detail::LinePoint& p) {
            return p.value <= start.value + kArmijo * p.step * start.slope ||
                   (p.value <= start.value + noise && p.slope <= (2.0 * kArmijo - 1.0) * start.slope);
        };
        const auto flat = [&](const detail::LinePoint& p) { return std::abs(p.slope) <= -kCurvature * start.slope; };

        // Without pairs the gradient's length says nothing of the scale of x: a step of length 1 at most.
        double step = stored != 0 || kPreconditioned ? 1.0 : std::min(1.0, 1.0 / result.gradient_length);
        detail::LinePoint low = start, high{}, found{};
        bool bracketed = false, accepted = false;
        for (std::size_t i = 0; i < kLineEvaluations; ++i) {
            const auto point = at(step);
            if (!std::isfinite(point.value) || !std::isfinite(point.slope)) {
                // Out of where f is defined: halve, towards what is known to be good.
                high = {step, std::numeric_limits<double>::max(), std::abs(start.slope)};
                bracketed = true;
                step = 0.5 * (low.step + step);
                continue;
            }
            if (descends(point) && flat(point)) {
                found = point;
                accepted = true;
                break;
            }
            if (!descends(point) || point.value > low.value + noise) {
                high = point;
                bracketed = true;
            } else if (point.slope * (bracketed ? high.step - low.step : 1.0) >= 0.0) {
                high = low;
                low = point;
                bracketed = true;
            } else {
                low = point;
            }
            if (!bracketed) {
                step *= 4.0;
            } else {
                if (std::abs(high.step - low.step) <= 1e-16 * std::max(std::abs(low.step), 1e-300)) break;
                step = detail::cubic_step(low, high);
            }
        }
        if (!accepted) {
            if (low.step > 0.0) { // no Wolfe point, but progress
                found = at(low.step);
            } else if (stored != 0) {
                pairs.clear();
                newest = 0;
                continue;
            } else {
                return result;
            }
        }

        Pair next;
        if (pairs.size() == memory) {
            newest = (newest + 1) % memory;
            next = std::move(pairs[newest]);
        }
        next.step.resize(n);
        next.change.resize(n);
        for (std::size_t i = 0; i < n; ++i) {
            next.step[i] = candidate[i] - x[i];
            next.change[i] = candidate_gradient[i] - gradient[i];
            x[i] = candidate[i];
        }
        gradient.swap(candidate_gradient);
        result.value = found.value;
        result.gradient_length = length(gradient);
        ++result.iterations;
        const double curvature = detail::dot(next.step, next.change);
        if (curvature > std::numeric_limits<double>::epsilon() * detail::dot(next.change, next.change)) {
            next.scale = 1.0 / curvature;
            std::copy(next.change.begin(), next.change.end(), candidate_gradient.begin());
            precondition(std::span<double>(candidate_gradient));
            next.gamma = curvature / detail::dot(next.change, candidate_gradient);
            if (pairs.size() == memory) {
                pairs[newest] = std::move(next);
            } else {
                newest = pairs.size();
                pairs.push_back(std::move(next));
            }
        } else {
            pairs.clear();
            newest = 0;
        }
    }
}

} // namespace familiar::training
