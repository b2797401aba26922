// Element-wise operations over n values.

template <Activation kActivation> void activate_all(const float* x, std::size_t n, float* out) noexcept {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, activated<kActivation>(load(x + i)));
    if (i < n) store_first(out + i, n - i, activated<kActivation>(load_first(x + i, n - i)));
}

inline void activate(Activation activation, const float* x, std::size_t n, float* out) noexcept {
    switch (activation) {
    case Activation::none:
        return activate_all<Activation::none>(x, n, out);
    case Activation::gelu:
        return activate_all<Activation::gelu>(x, n, out);
    case Activation::gelu_tanh:
        return activate_all<Activation::gelu_tanh>(x, n, out);
    case Activation::relu:
        return activate_all<Activation::relu>(x, n, out);
    case Activation::silu:
        return activate_all<Activation::silu>(x, n, out);
    case Activation::tanh:
        return activate_all<Activation::tanh>(x, n, out);
    }
}

template <Activation kActivation> void gate_all(const float* x, const float* y, std::size_t n, float* out) noexcept {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        store(out + i, multiply(activated<kActivation>(load(x + i)), load(y + i)));
    }
    if (i < n) {
        const Vector rest = multiply(activated<kActivation>(load_first(x + i, n - i)), load_first(y + i, n - i));
        store_first(out + i, n - i, rest);
    }
}

inline void gated(Activation activation, const float* x, const float* y, std::size_t n, float* out) noexcept {
    switch (activation) {
    case Activation::none:
        return gate_all<Activation::none>(x, y, n, out);
    case Activation::gelu:
        return gate_all<Activation::gelu>(x, y, n, out);
    case Activation::gelu_tanh:
        return gate_all<Activation::gelu_tanh>(x, y, n, out);
    case Activation::relu:
        return gate_all<Activation::relu>(x, y, n, out);
    case Activation::silu:
        return gate_all<Activation::silu>(x, y, n, out);
    case Activation::tanh:
        return gate_all<Activation::tanh>(x, y, n, out);
    }
}

inline void exponentiate(const float* x, std::size_t n, float* out) noexcept {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, exponential(load(x + i)));
    if (i < n) store_first(out + i, n - i, exponential(load_first(x + i, n - i)));
}

inline void add_all(const float* x, const float* y, std::size_t n, float* out) noexcept {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, add(load(x + i), load(y + i)));
    if (i < n) store_first(out + i, n - i, add(load_first(x + i, n - i), load_first(y + i, n - i)));
}

inline void multiply_add_all(float factor, const float* x, std::size_t n, float* out) noexcept {
    const Vector f = broadcast(factor);
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, multiply_add(f, load(x + i), load(out + i)));
    if (i < n) store_first(out + i, n - i, multiply_add(f, load_first(x + i, n - i), load_first(out + i, n - i)));
}

/// Four sums side by side, so that an addition need not wait for the one before.
inline float dot(const float* x, const float* y, std::size_t n) noexcept {
    Vector a = zero(), b = zero(), c = zero(), d = zero();
    std::size_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
        a = multiply_add(load(x + i), load(y + i), a);
        b = multiply_add(load(x + i + kLanes), load(y + i + kLanes), b);
        c = multiply_add(load(x + i + 2 * kLanes), load(y + i + 2 * kLanes), c);
        d = multiply_add(load(x + i + 3 * kLanes), load(y + i + 3 * kLanes), d);
    }
    for (; i + kLanes <= n; i += kLanes) a = multiply_add(load(x + i), load(y + i), a);
    if (i < n) b = multiply_add(load_first(x + i, n - i), load_first(y + i, n - i), b);
    return sum(add(add(a, b), add(c, d)));
}

inline void rotate_halves(float* x, const float* cosines, const float* sines, std::size_t n) noexcept {
    const std::size_t half = n / 2;
    std::size_t i = 0;
    for (; i + kLanes <= half; i += kLanes) {
        const Vector a = load(x + i), b = load(x + half + i), c = load(cosines + i), s = load(sines + i);
        store(x + i, negative_multiply_add(b, s, multiply(a, c)));
        store(x + half + i, multiply_add(a, s, multiply(b, c)));
    }
    if (const std::size_t rest = half - i; rest > 0) {
        const Vector a = load_first(x + i, rest), b = load_first(x + half + i, rest), c = load_first(cosines + i, rest),
                     s = load_first(sines + i, rest);
        store_first(x + i, rest, negative_multiply_add(b, s, multiply(a, c)));
        store_first(x + half + i, rest, multiply_add(a, s, multiply(b, c)));
    }
}

inline void rotate_pairs(float* x, const float* cosines, const float* sines, std::size_t n) noexcept {
    const std::size_t half = n / 2;
    std::size_t i = 0;
    for (; i + kLanes <= half; i += kLanes) {
        Vector even, odd, low, high;
        split_pairs(load(x + 2 * i), load(x + 2 * i + kLanes), even, odd);
        const Vector c = load(cosines + i), s = load(sines + i);
        join_pairs(negative_multiply_add(odd, s, multiply(even, c)), multiply_add(even, s, multiply(odd, c)), low,
                   high);
        store(x + 2 * i, low);
        store(x + 2 * i + kLanes, high);
    }
    for (; i < half; ++i) { // the same roundings as above
        const float even = x[2 * i], odd = x[2 * i + 1], c = cosines[i], s = sines[i];
        x[2 * i] = __builtin_fmaf(-odd, s, even * c);
        x[2 * i + 1] = __builtin_fmaf(even, s, odd * c);
    }
}
