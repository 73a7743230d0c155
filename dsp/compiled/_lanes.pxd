"""Declaration of `_lanes.h`."""

cdef extern from "_lanes.h":
    int widest_vector() noexcept nogil
