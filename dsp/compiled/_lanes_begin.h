/* Macros for code on vectors of LANES doubles; `_lanes_end.h` undefines them. No include guard.

   Several lanes are a vector type of GCC and Clang, one lane is a plain double. Each lane performs the same IEEE
   operations in the same order, so results do not depend on the width. Vectors are declared with 8-byte alignment
   because Python aligns objects only to 16 bytes, and the blocks of a caller to 8. */
#if LANES == 1
#define lanes double
#define lane_mask int
#define SPLAT(value) (value)
#define NO_LANES 0
#define NOT(mask) (!(mask))
#define SELECT(mask, yes, no) ((mask) ? (yes) : (no))
#define WHERE(mask, value) ((mask) ? (value) : 0.0)
#define MAGNITUDE(value) fabs(value)
#define UNROLL
#else
#if LANES == 2
#define lanes double_2
#define lane_mask mask_2
#define EACH(value) {(value), (value)}
#else
#define lanes double_4
#define lane_mask mask_4
#define EACH(value) {(value), (value), (value), (value)}
#endif
#define SPLAT(value) ((lanes)EACH(value))
#define NO_LANES ((lane_mask)EACH(0))
#define NOT(mask) (~(mask))
#define SELECT(mask, yes, no) ((lanes)((((lane_mask)(yes)) & (mask)) | (((lane_mask)(no)) & ~(mask))))
#define WHERE(mask, value) ((lanes)(((lane_mask)(value)) & (mask)))
#define MAGNITUDE(value) ((lanes)((lane_mask)(value) & (lane_mask)EACH(0x7fffffffffffffffLL)))
#define UNROLL _Pragma("GCC unroll 8")
#endif
