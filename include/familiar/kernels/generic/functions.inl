// exp, tanh and the activations, one vector at a time. Polynomials were fitted for this project (least maximum error in
// extended precision, over the interval that each comment states); NaN goes through all of them: minimum and maximum
// give their second operand where either is NaN.

/// e^x, relative error below 2 ulp for results that are normal numbers; 0 where they would not be (x < -87.33),
/// infinity from 88.73 on. x = n ln 2 + r; e^r by a polynomial of degree 6 over |r| <= ln 2 / 2 (1.9e-9), 2^n by adding
/// to the exponent.
FAMILIAR_KERNEL_INLINE Vector exponential(Vector x) noexcept {
    const Vector least = broadcast(-87.33F), most = broadcast(88.7228317F);
    const Vector in = minimum(most, maximum(least, x));
    // 1.5 · 2^23: the sum's last bits are the nearest integer to x / ln 2
    const Vector rounder = broadcast(12582912.0F);
    const Vector shifted = multiply_add(in, broadcast(1.44269504F), rounder);
    const Vector n = subtract(shifted, rounder);
    // ln 2 in two parts, the first with so few bits that n times it is exact
    Vector r = negative_multiply_add(n, broadcast(0.693145752F), in);
    r = negative_multiply_add(n, broadcast(1.42860677e-06F), r);
    Vector p = multiply_add(broadcast(0.00138368353F), r, broadcast(0.00837482419F));
    p = multiply_add(p, r, broadcast(0.0416682251F));
    p = multiply_add(p, r, broadcast(0.166664198F));
    p = multiply_add(p, r, broadcast(0.499999911F));
    p = multiply_add(p, r, broadcast(1.0F));
    p = multiply_add(p, r, broadcast(1.0F));
    const Vector y = shift_exponent(p, shifted);
    return select(less(x, least), zero(), select(less(most, x), broadcast(std::numeric_limits<float>::infinity()), y));
}

/// 1 / (1 + e^-x), absolute error below 2e-7.
FAMILIAR_KERNEL_INLINE Vector logistic(Vector x) noexcept {
    const Vector one = broadcast(1.0F);
    return divide(one, add(one, exponential(subtract(zero(), x))));
}

/// tanh x, error below 3e-7 of the value. |x| < 0.65: an odd polynomial; else 1 - 2 / (e^2|x| + 1).
FAMILIAR_KERNEL_INLINE Vector hyperbolic_tangent(Vector x) noexcept {
    const Vector t = magnitude(x), square = multiply(x, x), z = subtract(square, broadcast(0.21125F));
    Vector p = multiply_add(broadcast(0.002221826F), z, broadcast(-0.00593298022F));
    p = multiply_add(p, z, broadcast(0.01574401F));
    p = multiply_add(p, z, broadcast(-0.0421809219F));
    p = multiply_add(p, z, broadcast(0.113157831F));
    p = multiply_add(p, z, broadcast(-0.307385176F));
    const Vector small = multiply_add(multiply(x, square), p, x), one = broadcast(1.0F);
    const Vector large = subtract(one, divide(broadcast(2.0F), add(exponential(add(t, t)), one)));
    return select(less(t, broadcast(0.65F)), small, with_sign_of(large, x));
}

/// 0.5 x (1 + tanh u) = x / (1 + e^-2u).
FAMILIAR_KERNEL_INLINE Vector gelu_by_tanh(Vector x) noexcept {
    const Vector cube = multiply(multiply(x, x), x);
    const Vector doubled = multiply(broadcast(1.59576912F), multiply_add(broadcast(0.044715F), cube, x));
    return multiply(x, logistic(doubled));
}

template <Activation kActivation> FAMILIAR_KERNEL_INLINE Vector activated(Vector x) noexcept {
    if constexpr (kActivation == Activation::gelu) {
        return gelu_exact(x);
    } else if constexpr (kActivation == Activation::gelu_tanh) {
        return gelu_by_tanh(x);
    } else if constexpr (kActivation == Activation::relu) {
        return maximum(zero(), x);
    } else if constexpr (kActivation == Activation::silu) {
        return multiply(x, logistic(x));
    } else if constexpr (kActivation == Activation::tanh) {
        return hyperbolic_tangent(x);
    } else {
        return x;
    }
}
