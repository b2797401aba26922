// The exact GELU by table: 32 intervals, whose coefficients two registers hold.

/// t Q(t) near t = i · 0.1746, Q the tail of the normal distribution: coefficients of a polynomial of degree 3 in the
/// distance from there, of least error over half a step to either side (from 0 on the first, which is 0 there).
inline constexpr float kTail0[32] = {0.0F,
                                     0.0752003938F,
                                     0.126924694F,
                                     0.157250285F,
                                     0.169336766F,
                                     0.16703175F,
                                     0.154426634F,
                                     0.135436893F,
                                     0.11346864F,
                                     0.0912084281F,
                                     0.0705446377F,
                                     0.0526041873F,
                                     0.0378713533F,
                                     0.0263497476F,
                                     0.0177314542F,
                                     0.0115467981F,
                                     0.00727977138F,
                                     0.00444488274F,
                                     0.0026290894F,
                                     0.00150676386F,
                                     0.000836862251F,
                                     0.000450496911F,
                                     0.000235075757F,
                                     0.000118916578F,
                                     5.83215406e-05F,
                                     2.77329145e-05F,
                                     1.27869025e-05F,
                                     5.71686951e-06F,
                                     2.47851153e-06F,
                                     1.04202365e-06F,
                                     4.24844927e-07F,
                                     1.679809e-07F};
inline constexpr float kTail1[32] = {
    0.500001371F,     0.362093151F,     0.232395053F,     0.118025057F,     0.0241359603F,    -0.0465927683F,
    -0.0940235555F,   -0.120224059F,    -0.128840595F,    -0.124341406F,    -0.111289024F,    -0.0937642828F,
    -0.0750065669F,   -0.0572764911F,   -0.0419014581F,   -0.0294407364F,   -0.0199033916F,   -0.0129645253F,
    -0.0081450073F,   -0.00493954867F,  -0.00289352634F,  -0.00163810432F,  -0.000896639773F, -0.000474693516F,
    -0.00024314133F,  -0.000120521872F, -5.78268809e-05F, -2.68616404e-05F, -1.20821824e-05F, -5.26296435e-06F,
    -2.22045696e-06F, -9.07464027e-07F};
inline constexpr float kTail2[32] = {
    -0.399226636F,   -0.386446059F,   -0.352082342F,   -0.299848437F,   -0.236278817F,   -0.168737814F,
    -0.104173981F,   -0.0480940454F,  -0.00395463267F, 0.026974313F,    0.0453293696F,   0.0531011112F,
    0.0529832803F,   0.0477777161F,   0.039955914F,    0.0314146467F,   0.0234103613F,   0.016622046F,
    0.011285509F,    0.00734575465F,  0.00459262682F,  0.00276204664F,  0.0015997201F,   0.000893096323F,
    0.000480969669F, 0.000250016892F, 0.000125509527F, 6.08735354e-05F, 2.85355345e-05F, 1.29326636e-05F,
    5.6683275e-06F,  2.40321287e-06F};
inline constexpr float kTail3[32] = {
    0.00869360752F,   0.045271378F,     0.0845099464F,    0.112862095F,     0.127533406F,     0.128161147F,
    0.11662814F,      0.0964190811F,    0.0717289001F,    0.0465793312F,    0.0241425596F,    0.00638641138F,
    -0.00595301948F,  -0.0131484084F,   -0.0161265228F,   -0.0160980541F,   -0.0142577281F,   -0.0115931733F,
    -0.00880414713F,  -0.00630697655F,  -0.00428888528F,  -0.00278046192F,  -0.00172371347F,  -0.00102417229F,
    -0.000584242807F, -0.000320417865F, -0.000169128441F, -8.59961801e-05F, -4.21525656e-05F, -1.99305687e-05F,
    -9.09481787e-06F, -4.00720819e-06F};

/// One of 32 entries for each lane, by the low bits of `places`.
FAMILIAR_KERNEL_INLINE Vector entry_of(const float (&table)[32], Vector places) noexcept {
    return _mm512_permutex2var_ps(load(table), _mm512_castps_si512(places), load(table + kLanes));
}

/// x Φ(x) = max(x, 0) - |x| Q(|x|): absolute error below 6e-7 everywhere.
FAMILIAR_KERNEL_INLINE Vector gelu_exact(Vector x) noexcept {
    const Vector t = minimum(broadcast(5.5F), magnitude(x));
    // 1.5 · 2^23: the sum's last bits are the nearest interval's number
    const Vector rounder = broadcast(12582912.0F);
    const Vector place = multiply_add(t, broadcast(5.72727273F), rounder);
    const Vector r = negative_multiply_add(subtract(place, rounder), broadcast(0.174603175F), t);
    Vector tail = multiply_add(entry_of(kTail3, place), r, entry_of(kTail2, place));
    tail = multiply_add(tail, r, entry_of(kTail1, place));
    tail = multiply_add(tail, r, entry_of(kTail0, place));
    return subtract(maximum(zero(), x), tail);
}
