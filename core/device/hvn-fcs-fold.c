/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence by carry-less multiplication, where the processor has it: what stands in 16 bytes of polynomial is moved 128
 * or 512 bits on by two multiplications with a constant, and added to the bytes there, until 16 bytes are left. These are a short
 * message with the same remainder, which the tables of hvn-fcs.c take over.
 *
 * Method and constants: Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009: the
 * remainders of x^(4*128+32), x^(4*128-32), x^(128+32) and x^(128-32) by the polynomial of IEEE 802.3, bits reflected. */
#include "hvn-fcs-fold.h"

#ifdef __x86_64__

#include <immintrin.h>

#define FOLD_4_LOW  0x154442bd4
#define FOLD_4_HIGH 0x1c6e41596
#define FOLD_1_LOW  0x1751997d0
#define FOLD_1_HIGH 0x0ccaa009e

gboolean
hvn_fcs_fold_available(void)
{
    return __builtin_cpu_supports("pclmul") != 0;
}

__attribute__((target("pclmul"))) static inline __m128i
hvn_fcs_fold_on(__m128i sum, __m128i constants, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(sum, constants, 0x00);
    __m128i high = _mm_clmulepi64_si128(sum, constants, 0x11);

    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

static inline __m128i
hvn_fcs_fold_load(const guint8 *data, guint n)
{
    return _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * n));
}

__attribute__((target("pclmul"))) gsize
hvn_fcs_fold(guint32 state, const guint8 *data, gsize len, guint8 *rest)
{
    const __m128i by_4 = _mm_set_epi64x(FOLD_4_HIGH, FOLD_4_LOW);
    const __m128i by_1 = _mm_set_epi64x(FOLD_1_HIGH, FOLD_1_LOW);
    __m128i sums[4];
    gsize done = 64;

    for (guint i = 0; i < 4; i++)
        sums[i] = hvn_fcs_fold_load(data, i);
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128((int)state));
    for (; len - done >= 64; done += 64) {
        for (guint i = 0; i < 4; i++)
            sums[i] = hvn_fcs_fold_on(sums[i], by_4, hvn_fcs_fold_load(data + done, i));
    }
    for (guint i = 1; i < 4; i++)
        sums[0] = hvn_fcs_fold_on(sums[0], by_1, sums[i]);
    for (; len - done >= 16; done += 16)
        sums[0] = hvn_fcs_fold_on(sums[0], by_1, hvn_fcs_fold_load(data + done, 0));
    _mm_storeu_si128((__m128i *)(void *)rest, sums[0]);
    return done;
}

#else

gboolean
hvn_fcs_fold_available(void)
{
    return FALSE;
}

gsize
hvn_fcs_fold(guint32 state, const guint8 *data, gsize len, guint8 *rest)
{
    g_return_val_if_reached(0);
}

#endif
