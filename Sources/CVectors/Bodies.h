// The loops themselves, in plain C with vectors of 64 bytes, which the compiler cuts to what a CPU has. CVectors.c compiles them once for
// each kind of CPU. No header guard is needed: it alone includes this.
#include <math.h>
#include <stdbool.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
#define BODY static inline __attribute__((always_inline))

// "u": may lie anywhere.
typedef float lanes __attribute__((vector_size(64)));
typedef float lanes_u __attribute__((vector_size(64), aligned(4)));
typedef float lanes_8 __attribute__((vector_size(32)));
typedef float lanes_4 __attribute__((vector_size(16)));
typedef float lanes_8u __attribute__((vector_size(32), aligned(4)));
typedef double doubles __attribute__((vector_size(64)));
typedef int32_t integers_8 __attribute__((vector_size(32)));
typedef int8_t codes_8 __attribute__((vector_size(8), aligned(1)));

#define LOAD(address) (*(const lanes_u *)(address))

/// Lane i with lane i + 8, then with i + 4, i + 2, i + 1: the same tree on every CPU.
#define SUM(total, v)                                                                                  \
    do {                                                                                               \
        lanes_8 eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)                          \
            + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);                             \
        lanes_4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3)                               \
            + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);                                       \
        (total) = (four[0] + four[2]) + (four[1] + four[3]);                                           \
    } while (0)

#define STEP(total, row)                                   \
    do {                                                   \
        lanes x = LOAD((row) + i);                         \
        if (is_distance) {                                 \
            lanes difference = q - x;                      \
            lanes product = difference * difference;       \
            total = total + product;                       \
        } else {                                           \
            lanes product = q * x;                         \
            total = total + product;                       \
        }                                                  \
    } while (0)

/// Four rows at a time, so that four sums are under way; each is summed as if it were alone.
BODY void compare_rows(
    bool is_distance, const float *question, const float *rows, size_t stride, size_t count, float *out) {
    size_t row = 0;
    for (; row + 4 <= count; row += 4) {
        const float *r0 = rows + row * stride, *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
        lanes t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};
        for (size_t i = 0; i < stride; i += 16) {
            lanes q = LOAD(question + i);
            STEP(t0, r0);
            STEP(t1, r1);
            STEP(t2, r2);
            STEP(t3, r3);
        }
        SUM(out[row], t0);
        SUM(out[row + 1], t1);
        SUM(out[row + 2], t2);
        SUM(out[row + 3], t3);
    }
    for (; row < count; row++) {
        const float *r = rows + row * stride;
        lanes t = {0};
        for (size_t i = 0; i < stride; i += 16) {
            lanes q = LOAD(question + i);
            STEP(t, r);
        }
        SUM(out[row], t);
    }
}

BODY void code_dot_rows(const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out) {
    for (size_t row = 0; row < count; row++) {
        const int8_t *r = rows + row * stride;
        int32_t total = 0;
        for (size_t i = 0; i < stride; i++) total += (int32_t)question[i] * (int32_t)r[i];
        out[row] = total;
    }
}

BODY double sum_of_doubles(const doubles *v) {
    double parts[8];
    memcpy(parts, v, sizeof parts);
    return ((parts[0] + parts[4]) + (parts[2] + parts[6])) + ((parts[1] + parts[5]) + (parts[3] + parts[7]));
}

BODY int32_t sum_of_integers(const integers_8 *v) {
    int32_t parts[8], total = 0;
    memcpy(parts, v, sizeof parts);
    for (int lane = 0; lane < 8; lane++) total += parts[lane];
    return total;
}

BODY double square_of_row(const float *row, size_t stride) {
    doubles total = {0};
    for (size_t i = 0; i < stride; i += 8) {
        doubles x = __builtin_convertvector(*(const lanes_8u *)(row + i), doubles);
        doubles product = x * x;
        total = total + product;
    }
    return sum_of_doubles(&total);
}

BODY void divide_row(float *row, size_t stride, double divisor) {
    for (size_t i = 0; i < stride; i++) row[i] = (float)((double)row[i] / divisor);
}

BODY float largest_of_row(const float *row, size_t stride) {
    lanes largest = {0};
    for (size_t i = 0; i < stride; i += 16)
        largest = __builtin_elementwise_max(largest, __builtin_elementwise_abs((lanes)LOAD(row + i)));
    float result = 0;
    for (int lane = 0; lane < 16; lane++) result = largest[lane] > result ? largest[lane] : result;
    return result;
}

BODY void encode_row(const float *row, size_t stride, int8_t *codes, size_t code_stride, larder_code_facts *facts) {
    const float scale = (float)((double)largest_of_row(row, stride) / 127);
    const double inverse = scale > 0 ? 1 / (double)scale : 0;
    // Added and taken away, it rounds: a double of its size has no room for halves.
    const doubles rounder = (doubles){0} + 0x1.8p52, highest = (doubles){0} + 127;
    integers_8 sum = {0}, square = {0};
    doubles rests = {0};
    for (size_t i = 0; i < stride; i += 8) {
        doubles x = __builtin_convertvector(*(const lanes_8u *)(row + i), doubles);
        doubles quotient = x * inverse;
        doubles raised = quotient + rounder;
        doubles rounded = raised - rounder;
        rounded = __builtin_elementwise_min(__builtin_elementwise_max(rounded, -highest), highest);
        integers_8 code = __builtin_convertvector(rounded, integers_8);
        *(codes_8 *)(codes + i) = __builtin_convertvector(code, codes_8);
        sum += code;
        square += code * code;
        doubles coded = rounded * (double)scale;
        doubles rest = x - coded;
        doubles product = rest * rest;
        rests = rests + product;
    }
    memset(codes + stride, 0, code_stride - stride);
    // Rounded up: the sum's own error is far below 2^-30 of it, the float's below 2^-24, and below 2^-149 next to zero.
    const double residual = __builtin_elementwise_sqrt(sum_of_doubles(&rests)) * (1 + 0x1p-22) + 0x1p-148;
    *facts = (larder_code_facts){scale, (float)residual, sum_of_integers(&sum), sum_of_integers(&square)};
}

BODY float highest_of(const float *numbers, size_t count) {
    lanes highest = (lanes){0} - INFINITY;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) highest = __builtin_elementwise_max(highest, (lanes)LOAD(numbers + i));
    float result = -INFINITY;
    for (int lane = 0; lane < 16; lane++) result = highest[lane] > result ? highest[lane] : result;
    for (; i < count; i++) result = numbers[i] > result ? numbers[i] : result;
    return result;
}

BODY float bound_dots(
    const larder_bound_terms *terms, const int32_t *restrict products, const larder_code_facts *restrict facts,
    size_t count, float *restrict out) {
    const larder_bound_terms t = *terms;
    for (size_t i = 0; i < count; i++) {
        double scale = (double)facts[i].scale;
        double product = (double)(products[i] - 128 * facts[i].sum) * (scale * t.scale);
        double length = scale * __builtin_elementwise_sqrt((double)facts[i].square);
        double bound = product + length * t.along + (double)facts[i].residual * t.across + t.tiny;
        out[i] = (float)(bound + fabs(bound) * 0x1p-23 + 0x1p-148);
    }
    return highest_of(out, count);
}

BODY float bound_distances(
    const larder_bound_terms *terms, const int32_t *restrict products, const larder_code_facts *restrict facts,
    size_t count, float *restrict out) {
    const larder_bound_terms t = *terms;
    for (size_t i = 0; i < count; i++) {
        double scale = (double)facts[i].scale;
        double squares = scale * scale * (double)facts[i].square + t.square;
        double product = (double)(products[i] - 128 * facts[i].sum) * (scale * t.scale);
        double between = squares - 2 * product - squares * 0x1p-47;
        between = between > 0 ? between : 0;
        double gap = __builtin_elementwise_sqrt(between) * (1 - 0x1p-50) - ((double)facts[i].residual + t.across) * (1 + 0x1p-40);
        gap = gap > 0 ? gap : 0;
        double lowest = gap * gap * t.keep - t.tiny;
        lowest = lowest * (1 - 0x1p-23) - 0x1p-149;
        float distance = lowest > 0 ? (float)lowest : 0;
        out[i] = 1 / (1 + distance);
    }
    return highest_of(out, count);
}
