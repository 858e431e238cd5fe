#ifndef LARDER_CVECTORS_H
#define LARDER_CVECTORS_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of comparing vectors, each compiled for several kinds of CPU. C, since Swift can't do that.
//
// Floats lie in rows of `stride` floats, a multiple of 16; codes in rows of `stride` bytes, a multiple of 64; both are filled up with
// zeros. Nothing needs to be aligned, but rows that begin at multiples of 64 bytes are read faster.
//
// All variants give the same bits: sums have 16 lanes (8 for doubles) in a fixed order, and no product is fused with its addition.

/// The kinds of CPU. What this one has is the best of those that it can run and all below it.
enum { larder_vectors_plain = 0, larder_vectors_avx2 = 1, larder_vectors_avx512 = 2 };

/// The best variant that this CPU can run. It never changes while a process runs.
int larder_vectors_best_variant(void);

/// Σ question[i] · row[i] of each of `count` rows.
void larder_vectors_dot(int variant, const float *question, const float *rows, size_t stride, size_t count, float *out);

/// Σ (question[i] − row[i])² of each of `count` rows.
void larder_vectors_distance(int variant, const float *question, const float *rows, size_t stride, size_t count, float *out);

/// Σ question[i] · row[i] of each of `count` rows of codes, as exact integers. A row has at most 2^15 codes.
void larder_vectors_code_dot(
    int variant, const uint8_t *question, const int8_t *rows, size_t stride, size_t count, int32_t *out);

/// Σ row[i]² in doubles: not finite exactly when a number of the row is not.
double larder_vectors_square(int variant, const float *row, size_t stride);

/// Divides each number, in doubles, and rounds once.
void larder_vectors_divide(int variant, float *row, size_t stride, double divisor);

/// What is known of a row's codes: row = scale · codes + a rest of at most `residual` in length.
typedef struct {
    float scale;
    /// At least the length of the rest.
    float residual;
    /// Σ codes[i].
    int32_t sum;
    /// Σ codes[i]².
    int32_t square;
} larder_code_facts;

/// Rounds a row to codes of −127…127. `codes` has room for `code_stride` ≥ stride bytes.
void larder_vectors_encode(
    int variant, const float *row, size_t stride, int8_t *codes, size_t code_stride, larder_code_facts *facts);

/// What the bounds of one question need; how they come about is told in VectorQuestion.swift.
typedef struct {
    double scale, square, along, across, tiny, keep;
} larder_bound_terms;

/// Upper bounds of the dot products whose codes' products are `products` (with the question's codes raised by 128); the highest is returned.
float larder_vectors_dot_bounds(
    int variant, const larder_bound_terms *terms, const int32_t *products, const larder_code_facts *facts, size_t count, float *out);

/// The same for 1 / (1 + distance²).
float larder_vectors_distance_bounds(
    int variant, const larder_bound_terms *terms, const int32_t *products, const larder_code_facts *facts, size_t count, float *out);

#endif
