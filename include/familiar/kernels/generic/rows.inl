// Operations over one row: softmax and the norms. Each reads its row two or three times; a row of a model stands in the
// first cache.

FAMILIAR_KERNEL_INLINE float sum_of(const float* x, std::size_t n) noexcept {
    Vector a = zero(), b = zero(), c = zero(), d = zero();
    std::size_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
        a = add(a, load(x + i));
        b = add(b, load(x + i + kLanes));
        c = add(c, load(x + i + 2 * kLanes));
        d = add(d, load(x + i + 3 * kLanes));
    }
    for (; i + kLanes <= n; i += kLanes) a = add(a, load(x + i));
    if (i < n) b = add(b, load_first(x + i, n - i));
    return sum(add(add(a, b), add(c, d)));
}

FAMILIAR_KERNEL_INLINE Vector squared_distance(Vector x, Vector centre, Vector to) noexcept {
    const Vector difference = subtract(x, centre);
    return multiply_add(difference, difference, to);
}

FAMILIAR_KERNEL_INLINE float sum_of_squares(const float* x, float centre, std::size_t n) noexcept {
    const Vector m = broadcast(centre);
    Vector a = zero(), b = zero(), c = zero(), d = zero();
    std::size_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
        a = squared_distance(load(x + i), m, a);
        b = squared_distance(load(x + i + kLanes), m, b);
        c = squared_distance(load(x + i + 2 * kLanes), m, c);
        d = squared_distance(load(x + i + 3 * kLanes), m, d);
    }
    for (; i + kLanes <= n; i += kLanes) a = squared_distance(load(x + i), m, a);
    if (i < n) {
        const Vector rest = select(lanes_between(0, n - i), load_first(x + i, n - i), m);
        b = squared_distance(rest, m, b);
    }
    return sum(add(add(a, b), add(c, d)));
}

inline void layer_norm(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                       float* out) noexcept {
    if (n == 0) return;
    const float count = static_cast<float>(n), mean = sum_of(x, n) / count;
    const float factor = 1.0F / __builtin_sqrtf(sum_of_squares(x, mean, n) / count + epsilon);
    const Vector m = broadcast(mean), f = broadcast(factor);
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        const Vector y = multiply(subtract(load(x + i), m), f), shift = bias != nullptr ? load(bias + i) : zero();
        store(out + i, multiply_add(load(gain + i), y, shift));
    }
    if (const std::size_t rest = n - i; rest > 0) {
        const Vector y = multiply(subtract(load_first(x + i, rest), m), f),
                     shift = bias != nullptr ? load_first(bias + i, rest) : zero();
        store_first(out + i, rest, multiply_add(load_first(gain + i, rest), y, shift));
    }
}

inline void rms_norm(const float* x, const float* gain, float epsilon, std::size_t n, float* out) noexcept {
    if (n == 0) return;
    const float mean_square = sum_of_squares(x, 0.0F, n) / static_cast<float>(n);
    const Vector f = broadcast(1.0F / __builtin_sqrtf(mean_square + epsilon));
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, multiply(load(gain + i), multiply(load(x + i), f)));
    if (i < n) {
        store_first(out + i, n - i, multiply(load_first(gain + i, n - i), multiply(load_first(x + i, n - i), f)));
    }
}

inline void softmax(const float* x, std::size_t n, float* out) noexcept {
    if (n == 0) return;
    const Vector lowest = broadcast(-std::numeric_limits<float>::infinity());
    const std::size_t whole = n / kLanes * kLanes, rest = n - whole;
    Vector a = lowest, b = lowest;
    std::size_t i = 0;
    for (; i + 2 * kLanes <= whole; i += 2 * kLanes) {
        a = maximum(a, load(x + i));
        b = maximum(b, load(x + i + kLanes));
    }
    if (i < whole) a = maximum(a, load(x + i));
    const Mask tail = lanes_between(0, rest);
    if (rest > 0) b = maximum(b, select(tail, load_first(x + whole, rest), lowest));
    const Vector most = broadcast(largest(maximum(a, b)));
    Vector total = zero();
    for (i = 0; i < whole; i += kLanes) {
        const Vector e = exponential(subtract(load(x + i), most));
        store(out + i, e);
        total = add(total, e);
    }
    if (rest > 0) {
        const Vector e = select(tail, exponential(subtract(load_first(x + whole, rest), most)), zero());
        store_first(out + whole, rest, e);
        total = add(total, e);
    }
    const Vector factor = broadcast(1.0F / sum(total));
    for (i = 0; i < whole; i += kLanes) store(out + i, multiply(load(out + i), factor));
    if (rest > 0) store_first(out + whole, rest, multiply(load_first(out + whole, rest), factor));
}
