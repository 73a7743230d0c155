"""Conversion of a `dsp.thresholds.kernel_design.KernelDesign` to the structs of the chain and the trackers."""

from libc.math cimport INFINITY

from ._chain cimport N_SECTIONS, chain_design
from ._track cimport TAIL_LEVELS, tracker_design


cdef inline int read_chain(chain_design *d, design, Py_ssize_t padded) except -1:
    """Copy the parameters of the chain; `padded` is the padded number of channels."""
    cdef const double[:, ::1] sections = design.sections
    if sections.shape[0] != N_SECTIONS:
        raise ValueError(f"the band-pass must have {N_SECTIONS} sections, not {sections.shape[0]}")
    d.n_padded = padded
    d.hop_samples = design.hop_samples
    d.n_harmonics = 0
    d.gain = design.gain
    for k in range(N_SECTIONS):
        for c in range(2):
            d.sections[k][c] = sections[k, c]
    d.glitch_ratio = design.glitch_ratio
    d.glitch_counts = design.glitch_counts
    d.apart_share = design.apart_share
    d.bridge_share = design.bridge_share
    d.roughness_step = design.roughness_step
    return 0


cdef inline int read_tracker(tracker_design *d, design) except -1:
    """Copy the parameters of the trackers."""
    for k in range(2):
        d.knee[k] = design.knee[k]
        d.prior_rate[k] = design.prior_rate[k]
        d.prior_excess[k] = design.prior_excess[k]
        d.prior_square[k] = design.prior_square[k]
        d.ceiling[k] = design.ceiling[k]
        for level in range(TAIL_LEVELS):
            d.shape[k][level] = design.tail_shape[k, level]
    d.prior_blocks = design.prior_blocks
    d.memory_blocks = design.memory_blocks
    d.crossings_per_budget = design.crossings_per_budget
    d.least_ratio = design.least_ratio
    d.least_candidate_ratio = design.least_candidate_ratio
    d.free_bend = design.free_bend
    d.most_bend = design.most_bend
    d.least_excess = design.least_excess
    d.most_excess = design.most_excess
    d.most_growth = INFINITY
    d.candidate_factor = design.candidate_factor
    d.floor_gain = design.floor_gain
    d.peak_share = design.peak_share
    d.most_rest = design.most_rest
    d.least_power = design.least_power
    d.least_step, d.most_step = design.least_step, design.most_step
    d.step_growth, d.steady_change = design.step_growth, design.steady_change
    d.mains_pull = design.mains_pull
    d.mains_off = design.mains_off
    d.mains_doubt = design.mains_doubt
    d.mains_clip = design.mains_clip
    d.relearn_cycles = design.relearn_cycles
    d.relearn_share = design.relearn_share
    d.per_hop = 1.0 / design.hop_samples
    d.floor_rank = design.floor_rank
    d.hang_hops = design.hang_hops
    d.tail_hops = design.tail_hops
    d.guard_hops = design.guard_hops
    d.thaw_hops = design.thaw_hops
    d.ready_hops = design.ready_hops
    d.flat_hops = design.flat_hops
    d.forget_hops = design.forget_hops
    d.rest_hops = design.rest_hops
    d.relearn_hops = design.relearn_hops
    d.threshold_blocks = design.threshold_blocks
    d.count_seen = design.count_seen
    return 0
