// The exact GELU, for sets without a register of many table entries.

/// x Φ(x) = max(x, 0) - |x| Q(|x|), Q the tail of the normal distribution, by a polynomial of degree 15 over [0, 5.4]
/// in x - 2.7, fitted with the weight |x| + 0.05: absolute error below 5e-7 everywhere, and no division.
FAMILIAR_KERNEL_INLINE Vector gelu_exact(Vector x) noexcept {
    const Vector t = minimum(broadcast(5.4F), magnitude(x)), s = subtract(t, broadcast(2.7F));
    Vector q = multiply_add(broadcast(-1.68871128e-09F), s, broadcast(5.37271871e-09F));
    q = multiply_add(q, s, broadcast(6.12662063e-08F));
    q = multiply_add(q, s, broadcast(-2.81015986e-07F));
    q = multiply_add(q, s, broadcast(-6.2118778e-07F));
    q = multiply_add(q, s, broadcast(5.83470046e-06F));
    q = multiply_add(q, s, broadcast(-6.44357533e-06F));
    q = multiply_add(q, s, broadcast(-4.78604197e-05F));
    q = multiply_add(q, s, broadcast(0.000202636162F));
    q = multiply_add(q, s, broadcast(-0.000185791418F));
    q = multiply_add(q, s, broadcast(-0.00108020613F));
    q = multiply_add(q, s, broadcast(0.00502964295F));
    q = multiply_add(q, s, broadcast(-0.0109231295F));
    q = multiply_add(q, s, broadcast(0.0140681127F));
    q = multiply_add(q, s, broadcast(-0.0104211429F));
    q = multiply_add(q, s, broadcast(0.00346698449F));
    return negative_multiply_add(t, q, maximum(zero(), x));
}
