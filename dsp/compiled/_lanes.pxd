"""What `_lanes.h` tells of the processor."""

cdef extern from "_lanes.h":
    int widest_vector() noexcept nogil
