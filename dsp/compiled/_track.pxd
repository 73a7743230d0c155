"""What is kept of one channel's floor, tail and burst, and the numbers that they are worked out with."""

cdef enum:
    SHORT_HOPS = 3      # window of the short energy
    LONG_HOPS = 10      # window of the long energy, and of one block of the tail's statistics
    SLOT_HOPS = 6       # hops of one entry of the floor's window
    FLOOR_SLOTS = 64    # entries of the floor's window, about 1.5 s
    TAIL_LEVELS = 24    # natural logarithms of rate over which the tail's shape is tabulated
    THRESHOLD_BLOCKS = 8  # thresholds follow the tail's statistics at every so many blocks

cdef enum:
    IDLE = 0
    ACTIVE = 1
    TAIL = 2

cdef enum:
    KIND_NONE = -1
    KIND_START = 0
    KIND_END = 1
    KIND_CUT = 2

cdef struct tracker_design:
    double knee[2]              # energy over floor above which the tail is counted
    double prior_rate[2]        # share of blocks above the knee in Gaussian noise
    double prior_excess[2]      # mean excess above the knee in Gaussian noise
    double prior_square[2]      # mean square of that excess over the square of its mean
    double shape[2][TAIL_LEVELS]  # in mean excesses: level exceeded exp(-index) times as often as the knee
    double prior_blocks
    double memory_blocks
    double crossings_per_budget  # blocks, channels and scales per false alarm allowed
    double free_bend            # by how much excesses may scatter more than in Gaussian noise without a meaning
    double most_bend
    double most_excess          # mean excess over that of Gaussian noise that so much noise above the knee allows
    double most_growth          # of that with more noise above the knee
    double ceiling[2]           # no threshold lies higher
    double candidate_factor     # how many more candidates than confirmations
    double floor_gain           # mean power over the floor's quantile in Gaussian noise
    double peak_share           # share of a burst's own peak power that ends it
    double most_rest            # of the local floor: a resting baseline that lies higher was no rest, or is sure
    double mains_step
    double mains_clip           # in RMS of the floor
    double relearn_cycles       # of the mains, in which it is learnt anew from a burst
    double relearn_share        # of the burst's energy that it has to explain
    double per_hop              # one over the samples of a hop
    int floor_rank
    int hang_hops
    int tail_hops
    int guard_hops
    int thaw_hops
    int ready_hops
    int flat_hops
    int forget_hops
    int rest_hops
    int relearn_hops

cdef struct tracker:
    double energy[LONG_HOPS]
    int energy_at
    int filled
    double slot_sum
    int slot_hops
    double window[FLOOR_SLOTS]
    double ordered[FLOOR_SLOTS]
    int window_at
    int window_n
    double least                # power of the noise that the converter's rounding makes
    double local                # floor of the last seconds
    double floor                # the larger of that and the resting baseline
    double scale[2]             # from summed energy to power over floor
    double rest
    int rest_is_sure            # a later rest was like it
    double rest_sum
    double rest_low
    double rest_high
    int rest_n
    double rate[2]
    double excess[2]
    double square[2]
    double n_blocks
    double block_peak[2]
    double last_peak[2]
    int block_hops
    int block_is_quiet
    int last_is_quiet
    int stale_blocks
    double confirm[2]
    double candidate[2]
    int phase
    int guard
    int bad_run
    int flat_run
    int ready_run
    int must_prime              # the chain has no state yet; it gets one at the start of a segment
    double mains_gain           # for the chain's next segment
    long long n_hops
    long long n_usable
    long long started
    long long last_above
    long long relearnt          # hop in which the mains was last learnt anew
    double peak[2]
    double level[2]
    double tail_low
