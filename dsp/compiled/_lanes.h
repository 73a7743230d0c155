/* Which vectors this build and this processor have: four doubles in an AVX register (chosen while running, where the
   processor has AVX2), two in an SSE2 or NEON register, or one at a time, which is all that a compiler without vector
   types (MSVC) gets. */
#ifndef TWITCHSCOPE_LANES_H
#define TWITCHSCOPE_LANES_H

#if defined(__GNUC__) && !defined(TWITCHSCOPE_SCALAR)
#define HAS_VECTORS 1
#else
#define HAS_VECTORS 0
#endif

/* GCC for Windows does not align the stack to 32 bytes (its bug 54412), where it would keep such vectors. */
#if HAS_VECTORS && defined(__x86_64__) && !defined(_WIN32)
#define HAS_AVX2 1
#define TARGET_AVX2 __attribute__((target("avx2"))) /* not "fma": contracted multiply-adds would give other bits */
#else
#define HAS_AVX2 0
#endif

#if HAS_VECTORS
typedef double double_2 __attribute__((vector_size(16), aligned(8), may_alias));
typedef long long mask_2 __attribute__((vector_size(16), aligned(8), may_alias));
#if HAS_AVX2
typedef double double_4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef long long mask_4 __attribute__((vector_size(32), aligned(8), may_alias));
#endif
#endif

/* Return how many doubles the widest vector of this build and this processor takes: 1, 2 or 4. */
static inline int widest_vector(void)
{
#if HAS_VECTORS
#if HAS_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) return 4;
#endif
    return 2;
#else
    return 1;
#endif
}

#endif
