/*===- peak.c - what one core of this machine does at most -----------------===*
 *
 * peak f32|int8|copy BYTES: prints GF/s of fused multiply-adds on registers,
 * Gop/s of dot products of bytes, or GB/s of a loop that reads half of BYTES
 * and writes the other half, over and over. The best of several trials: a peak
 * that something else disturbed is none.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 64
#elif defined(__AVX2__)
#define WIDTH 32
#else
#define WIDTH 16
#endif
typedef float floats __attribute__((vector_size(WIDTH)));
typedef int32_t ints __attribute__((vector_size(WIDTH)));

#if defined(__AVX512VNNI__)
#include <immintrin.h>
static ints dot(ints sum, ints x, ints y) {
  return (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)y);
}
#elif defined(__AVXVNNI__)
#include <immintrin.h>
static ints dot(ints sum, ints x, ints y) {
  return (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)x, (__m256i)y);
}
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
static ints dot(ints sum, ints x, ints y) {
  return (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)x, (int8x16_t)y);
}
#else
#define NO_DOT
#endif

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

enum { SUMS = 12, STEPS = 1 << 20, TRIALS = 9 };
static volatile char sink;

/* Enough sums in flight to hide the latency of one; the compiler must neither
 * merge nor drop steps, so each passes through an empty assembly statement. */
#define KEEP(x) __asm__ volatile("" : "+x"(x))
#if defined(__aarch64__)
#undef KEEP
#define KEEP(x) __asm__ volatile("" : "+w"(x))
#endif

static double f32(void) {
  floats sums[SUMS] = {0}, x = (floats){0} + 0.5f, y = (floats){0} + 0.25f;
  double start = now();
  for (int step = 0; step < STEPS; ++step)
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; ++i) {
      sums[i] += x * y;
      KEEP(sums[i]);
    }
  double seconds = now() - start;
  for (int i = 0; i < SUMS; ++i)
    sink = (char)sums[i][0];
  return 2.0 * SUMS * STEPS * (WIDTH / 4) / seconds / 1e9;
}

#ifndef NO_DOT
static double int8(void) {
  ints sums[SUMS] = {0}, x = (ints){0} + 0x01010101, y = (ints){0} + 0x02020202;
  double start = now();
  for (int step = 0; step < STEPS; ++step)
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; ++i) {
      sums[i] = dot(sums[i], x, y);
      KEEP(sums[i]);
    }
  double seconds = now() - start;
  for (int i = 0; i < SUMS; ++i)
    sink = (char)sums[i][0];
  return 2.0 * SUMS * STEPS * WIDTH / seconds / 1e9;
}
#endif

static double copy(size_t bytes) {
  size_t count = bytes / 2 / WIDTH, rounds = 1 + (1 << 25) / (count * WIDTH);
  floats *from = aligned_alloc(64, (count * WIDTH + 63) / 64 * 64);
  floats *to = aligned_alloc(64, (count * WIDTH + 63) / 64 * 64);
  memset(from, 1, count * WIDTH);
  memset(to, 1, count * WIDTH);
  double start = now();
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < count; ++i)
      to[i] = from[i] + 1.0f; /* not memcpy, whose stores may pass the caches by */
    __asm__ volatile("" : : "r"(to) : "memory");
  }
  double seconds = now() - start;
  free(from);
  free(to);
  return 2.0 * (double)(count * WIDTH * rounds) / seconds / 1e9;
}

int main(int argc, char **argv) {
  double best = 0;
  const char *what = argc > 1 ? argv[1] : "";
  for (int trial = 0; trial < TRIALS; ++trial) {
    double rate = 0;
    if (strcmp(what, "f32") == 0)
      rate = f32();
#ifndef NO_DOT
    else if (strcmp(what, "int8") == 0)
      rate = int8();
#endif
    else if (strcmp(what, "copy") == 0 && argc > 2 && atol(argv[2]) >= 4096)
      rate = copy((size_t)atol(argv[2]));
    else if (strcmp(what, "int8") != 0)
      return fprintf(stderr, "usage: peak f32|int8|copy BYTES\n"), 2;
    best = rate > best ? rate : best;
  }
  printf("%.6g\n", best);
}
