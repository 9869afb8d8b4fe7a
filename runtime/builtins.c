/*===- builtins.c - what compilers call where a machine lacks it -----------===*
 *
 * x86-64 converts between f64 and f16 through a function of the compiler's own
 * library, which models do not link. AArch64 has an instruction.
 *
 *===----------------------------------------------------------------------===*/
#if defined(__x86_64__)

#include <stdint.h>
#include <string.h>

/* Weak: an app that links a model statically may have the compiler's. */
__attribute__((weak)) _Float16 __truncdfhf2(double x);

/* Rounds to nearest, ties to even, once: through f32 it would round twice. */
_Float16 __truncdfhf2(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
  int32_t exponent = (int32_t)(bits >> 52 & 0x7FF) - 1023;
  uint64_t fraction = bits & 0xFFFFFFFFFFFFF;
  uint16_t half;
  if (exponent == 1024) { /* infinity, NaN */
    half = (uint16_t)(0x7C00 | (fraction ? 0x200 | fraction >> 42 : 0));
  } else if (exponent > 15) {
    half = 0x7C00;
  } else if (exponent < -25) {
    half = 0;
  } else {
    /* Below 2^-14 the last bit is worth 2^-24 whatever the exponent. */
    uint64_t significand = fraction | (uint64_t)1 << 52;
    int32_t drop = exponent < -14 ? 28 - exponent : 42;
    uint64_t kept = significand >> drop, rest = significand & (((uint64_t)1 << drop) - 1);
    uint64_t middle = (uint64_t)1 << (drop - 1);
    kept += rest > middle || (rest == middle && (kept & 1));
    /* A carry out of the fraction is the next exponent, infinity included. */
    half = (uint16_t)(exponent < -14 ? kept : kept + ((uint64_t)(exponent + 14) << 10));
  }
  half |= sign;
  _Float16 result;
  memcpy(&result, &half, sizeof result);
  return result;
}

#endif /* __x86_64__ */
