/* Vectors of this build and processor: four doubles in an AVX register (selected at run time if the processor has
   AVX2), two in an SSE2 or NEON register, or one at a time with a compiler without vector types (MSVC). */
#ifndef TWITCHSCOPE_LANES_H
#define TWITCHSCOPE_LANES_H

#if defined(__GNUC__) && !defined(TWITCHSCOPE_SCALAR)
#define HAS_VECTORS 1
#else
#define HAS_VECTORS 0
#endif

/* GCC for Windows does not align the stack, where it keeps such vectors, to 32 bytes (GCC bug 54412). */
#if HAS_VECTORS && defined(__x86_64__) && !defined(_WIN32)
#define HAS_AVX2 1
#define TARGET_AVX2 __attribute__((target("avx2"))) /* not "fma": contracted multiply-adds would change results */
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

/* Return the number of doubles in the widest vector of this build and processor: 1, 2 or 4. */
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
