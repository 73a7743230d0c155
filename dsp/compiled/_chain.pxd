"""Declarations of `_chain.h` for the kernel."""

cdef extern from "_chain.h":
    enum: PADDED_LANES
    enum: N_SECTIONS
    enum: MAX_HARMONICS
    enum: N_ROWS
    enum: ROW_X1
    enum: ROW_X2
    enum: ROW_X3
    enum: ROW_COUNT
    enum: ROW_FINEST
    enum: ROW_SEEN
    enum: ROW_GIVEN
    enum: ROW_MAINS_GAIN
    enum: ROW_MAINS_CLIP
    enum: ROW_FILTER
    enum: ROW_MAINS
    enum: HOP_ENERGY
    enum: HOP_BAD
    enum: HOP_CHANGED
    enum: N_HOP_ROWS

    ctypedef struct chain_design:
        Py_ssize_t n_padded
        Py_ssize_t hop_samples
        int n_harmonics
        int orders[MAX_HARMONICS]
        double gain
        double sections[N_SECTIONS][2]
        double glitch_ratio
        double glitch_counts
        double apart_share
        double bridge_share
        double roughness_step

    ctypedef struct chain_piece:
        const double *x
        Py_ssize_t x_stride
        const unsigned char *valid
        Py_ssize_t n_samples
        Py_ssize_t in_hop
        int was_lost
        const double *wave
        double *band
        double *raw
        double *hops

    void chain_find_count(
        double *state, Py_ssize_t row, const chain_piece *piece, Py_ssize_t n_channels
    ) noexcept nogil
    void chain_run(
        const chain_design *design, double *state, const double *full_scale, const chain_piece *piece,
        Py_ssize_t n_channels, int n_lanes,
    ) noexcept nogil
