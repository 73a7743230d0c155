/* Undefine the macros of `_lanes_begin.h` and the width. No include guard. */
#undef LANES
#undef lanes
#undef lane_mask
#undef EACH
#undef SPLAT
#undef NO_LANES
#undef NOT
#undef SELECT
#undef WHERE
#undef MAGNITUDE
#undef UNROLL
