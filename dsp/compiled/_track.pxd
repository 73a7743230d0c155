"""State of the floor, noise tail and burst of one channel, and the parameters of the tracker."""

cdef enum:
    SHORT_HOPS = 3      # window of the short energy
    LONG_HOPS = 10      # window of the long energy, and block of the tail's statistics
    SLOT_HOPS = 6       # hops per entry of the floor's window
    FLOOR_SLOTS = 64    # entries of the floor's window, about 1.5 s
    TAIL_LEVELS = 24    # levels (natural logarithm of the rate) at which the tail's shape is tabulated

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
    double knee[2]              # power over floor above which the tail is counted
    double prior_rate[2]        # share of blocks above the knee in Gaussian noise
    double prior_excess[2]      # mean excess above the knee in Gaussian noise
    double prior_square[2]      # mean square of that excess over the square of its mean
    double shape[2][TAIL_LEVELS]  # excess reached exp(-index) times as often as the knee, in mean excesses
    double prior_blocks
    double memory_blocks
    double crossings_per_budget  # blocks (all channels, both windows) per crossing of the confirmation threshold
    double least_ratio          # crossings of the knee per crossing of the confirmation threshold, at least
    double least_candidate_ratio  # the same of the candidate threshold
    double free_bend            # scatter of excesses beyond that of Gaussian noise that is ignored
    double most_bend
    double least_excess         # lower limit of the mean excess over that of Gaussian noise
    double most_excess          # limit of the mean excess over that of Gaussian noise, times the growth of the rate
    double most_growth          # limit of that growth: rate above the knee over that of Gaussian noise
    double ceiling[2]           # upper limit of the thresholds
    double candidate_factor     # candidates per confirmation
    double floor_gain           # mean power over the floor's quantile in Gaussian noise
    double peak_share           # fraction of a burst's own peak power at which it ends
    double most_rest            # limit of an unconfirmed resting baseline over the local floor
    double least_power          # lower limit of the floor
    double least_step           # share of a sample that the mains follower learns, at least
    double most_step
    double step_growth          # growth of that share in a segment, times the likeness of two successive changes
    double steady_change        # likeness at which it stays
    double mains_pull           # change of the mains' frequency in radians per sample, for each radian of its phase
    double mains_off            # limit of that frequency from the nominal one, in radians per sample
    double mains_doubt          # powers of the floor that are added to that of the mains when it steers
    double mains_clip           # in RMS of the floor
    double relearn_cycles       # cycles of mains from which it is relearnt in a burst
    double relearn_share        # fraction of the burst's energy that it must explain
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
    int threshold_blocks        # counted blocks between updates of the thresholds
    int count_seen              # number of times that the smallest step must be seen to be one count

cdef struct tracker:
    int enabled                 # whether bursts are looked for; otherwise the usable hops are counted alone
    double energy[LONG_HOPS]
    int energy_at
    int filled
    double slot_sum
    int slot_hops
    double window[FLOOR_SLOTS]
    double ordered[FLOOR_SLOTS]
    int window_at
    int window_n
    double least                # noise power of the converter's rounding
    double local                # local floor, of the last seconds
    double floor                # larger of local floor and resting baseline
    double scale[2]             # factor from summed power to power over floor
    double rest
    int rest_is_sure            # whether a later rest has confirmed it
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
    int must_prime              # whether the chain's filters have no state yet; it is set at the start of a segment
    int learns_mains            # whether the chain learns the mains in its next segment
    double mains_step           # share of a sample that it then learns
    double last_mains[2]        # amplitudes of the mains' fundamental at the start of the segment
    double last_change[2]       # their change in the segment before
    long long n_hops
    long long n_usable
    long long started
    long long last_above
    long long relearnt          # hop at which the mains was last relearnt
    double peak[2]
    double level[2]
    double tail_low
