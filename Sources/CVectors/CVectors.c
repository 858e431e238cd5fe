#include "CVectors.h"
#include "Bodies.h"

#define WITHOUT_PARENTHESES(...) __VA_ARGS__

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

int larder_vectors_best_variant(void) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return larder_vectors_avx512;
    return __builtin_cpu_supports("avx2") ? larder_vectors_avx2 : larder_vectors_plain;
}

/// Widened to 16 bits: the instruction for 8 bits saturates.
AVX2 static void code_dot_avx2(const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    for (size_t row = 0; row < count; row++) {
        const int8_t *r = rows + row * stride;
        __m256i total = _mm256_setzero_si256();
        for (size_t i = 0; i < stride; i += 16) {
            __m256i q = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(question + i)));
            __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(r + i)));
            total = _mm256_add_epi32(total, _mm256_madd_epi16(q, x));
        }
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(total), _mm256_extracti128_si256(total, 1));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
        out[row] = _mm_cvtsi128_si32(four);
    }
}

/// The sum of each fourth of the lanes.
AVX512 static inline __m128i quarter(__m512i v) {
    __m256i eight = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
}

AVX512 static void code_dot_avx512(const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    size_t row = 0;
    for (; row + 4 <= count; row += 4) {
        const int8_t *r0 = rows + row * stride, *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
        __m512i t0 = _mm512_setzero_si512(), t1 = t0, t2 = t0, t3 = t0;
        for (size_t i = 0; i < stride; i += 64) {
            __m512i q = _mm512_loadu_si512(question + i);
            t0 = _mm512_dpbusd_epi32(t0, q, _mm512_loadu_si512(r0 + i));
            t1 = _mm512_dpbusd_epi32(t1, q, _mm512_loadu_si512(r1 + i));
            t2 = _mm512_dpbusd_epi32(t2, q, _mm512_loadu_si512(r2 + i));
            t3 = _mm512_dpbusd_epi32(t3, q, _mm512_loadu_si512(r3 + i));
        }
        __m128i sums = _mm_hadd_epi32(_mm_hadd_epi32(quarter(t0), quarter(t1)), _mm_hadd_epi32(quarter(t2), quarter(t3)));
        _mm_storeu_si128((__m128i *)(out + row), sums);
    }
    for (; row < count; row++) {
        const int8_t *r = rows + row * stride;
        __m512i total = _mm512_setzero_si512();
        for (size_t i = 0; i < stride; i += 64)
            total = _mm512_dpbusd_epi32(total, _mm512_loadu_si512(question + i), _mm512_loadu_si512(r + i));
        out[row] = _mm512_reduce_add_epi32(total);
    }
}

static void code_dot_plain(const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    code_dot_rows(question, rows, stride, count, out);
}

void larder_vectors_code_dot(
    int variant, const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    switch (variant) {
    case larder_vectors_avx512: return code_dot_avx512(question, rows, stride, count, out);
    case larder_vectors_avx2: return code_dot_avx2(question, rows, stride, count, out);
    default: return code_dot_plain(question, rows, stride, count, out);
    }
}

/// A function for each kind of CPU, and the one that chooses among them.
#define FOR_EACH_CPU(type, name, parameters, arguments, body)                \
    static type name##_plain parameters { return body; }                     \
    AVX2 static type name##_avx2 parameters { return body; }                 \
    AVX512 static type name##_avx512 parameters { return body; }             \
    type name(int variant, WITHOUT_PARENTHESES parameters) {                 \
        switch (variant) {                                                   \
        case larder_vectors_avx512: return name##_avx512 arguments;          \
        case larder_vectors_avx2: return name##_avx2 arguments;              \
        default: return name##_plain arguments;                              \
        }                                                                    \
    }
#else
int larder_vectors_best_variant(void) { return larder_vectors_plain; }

void larder_vectors_code_dot(
    int variant, const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    (void)variant;
    code_dot_rows(question, rows, stride, count, out);
}

#define FOR_EACH_CPU(type, name, parameters, arguments, body)                \
    type name(int variant, WITHOUT_PARENTHESES parameters) {                 \
        (void)variant;                                                       \
        return body;                                                         \
    }
#endif

FOR_EACH_CPU(
    void, larder_vectors_dot,
    (const float *question, const float *rows, size_t stride, size_t count, float *out),
    (question, rows, stride, count, out), compare_rows(false, question, rows, stride, count, out))

FOR_EACH_CPU(
    void, larder_vectors_distance,
    (const float *question, const float *rows, size_t stride, size_t count, float *out),
    (question, rows, stride, count, out), compare_rows(true, question, rows, stride, count, out))

FOR_EACH_CPU(double, larder_vectors_square, (const float *row, size_t stride), (row, stride), square_of_row(row, stride))

FOR_EACH_CPU(
    void, larder_vectors_divide, (float *row, size_t stride, double divisor), (row, stride, divisor),
    divide_row(row, stride, divisor))

FOR_EACH_CPU(
    void, larder_vectors_encode,
    (const float *row, size_t stride, int8_t *codes, size_t code_stride, larder_code_facts *facts),
    (row, stride, codes, code_stride, facts), encode_row(row, stride, codes, code_stride, facts))

FOR_EACH_CPU(
    float, larder_vectors_dot_bounds,
    (const larder_bound_terms *terms, const int32_t *products, const larder_code_facts *facts, size_t count, float *out),
    (terms, products, facts, count, out), bound_dots(terms, products, facts, count, out))

FOR_EACH_CPU(
    float, larder_vectors_distance_bounds,
    (const larder_bound_terms *terms, const int32_t *products, const larder_code_facts *facts, size_t count, float *out),
    (terms, products, facts, count, out), bound_distances(terms, products, facts, count, out))
