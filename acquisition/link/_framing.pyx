# cython: language_level=3, wraparound=False, cdivision=True, auto_pickle=False
"""Scan the byte stream for packets. The slow twin `acquisition.link.reference` describes the algorithm."""

from libc.stdint cimport int32_t, uint8_t
from libc.string cimport memchr, memcpy

cdef enum:
    PACKET = 33
    HEAD = 0xA0
    TAIL_FIRST = 0xC0
    TAIL_LAST = 0xC6
    AUX_OFFSET = 26
    AUX_BYTES = 6
    TAIL_OFFSET = 32
    N_CHANNELS = 8

cdef enum Verdict:
    NO
    YES
    LATER

cdef struct State:
    bint contiguous       # the last packet ends exactly here
    bint only_text        # only text since the last packet
    bint gap_is_told      # the text already ends in the mark of other bytes
    uint8_t last_counter
    uint8_t last_tail
    Py_ssize_t n_rejected
    Py_ssize_t n_discarded


cdef inline bint is_tail(uint8_t byte) noexcept nogil:
    return TAIL_FIRST <= byte <= TAIL_LAST


cdef inline bint is_text(uint8_t byte) noexcept nogil:
    return 0x20 <= byte <= 0x7E or byte == 0x0A or byte == 0x0D


cdef inline Verdict follows(const uint8_t *packet, Py_ssize_t n_left) noexcept nogil:
    if n_left <= TAIL_OFFSET:
        return LATER
    if not is_tail(packet[TAIL_OFFSET]):
        return NO
    if n_left <= PACKET:
        return LATER
    if packet[PACKET] != HEAD:
        return NO
    if n_left <= PACKET + 1:
        return LATER
    return YES if packet[PACKET + 1] == <uint8_t>(packet[1] + 1) else NO


cdef inline Verdict is_joined(const uint8_t *packet, Py_ssize_t n_left) noexcept nogil:
    cdef const uint8_t *place = packet + 1
    cdef const uint8_t *end = packet + TAIL_OFFSET
    cdef Verdict verdict
    while place < end:
        place = <const uint8_t *>memchr(place, HEAD, end - place)
        if place == NULL:
            break
        if is_tail((place - 1)[0]):
            verdict = follows(place, n_left - (place - packet))
            if verdict != NO:
                return verdict
        place += 1
    return NO


cdef inline bint may_be_filled_up(const uint8_t *packet, uint8_t tail) noexcept nogil:
    return (
        memchr(packet + AUX_OFFSET, tail, AUX_BYTES) != NULL
        or memchr(packet + AUX_OFFSET, HEAD, AUX_BYTES) != NULL
    )


cdef inline Verdict judge(const State *state, const uint8_t *packet, Py_ssize_t n_left) noexcept nogil:
    cdef Verdict joined
    cdef bint is_next
    if n_left <= TAIL_OFFSET:
        return LATER
    if not is_tail(packet[TAIL_OFFSET]):
        return NO
    is_next = packet[1] == <uint8_t>(state.last_counter + 1)
    if state.contiguous or (state.only_text and is_next):
        joined = is_joined(packet, n_left)
        if joined != NO:
            return LATER if joined == LATER else NO
        if is_next and not may_be_filled_up(packet, state.last_tail):
            return YES
        if n_left <= PACKET:
            return LATER
        if packet[PACKET] == HEAD or (is_next and packet[PACKET] == <uint8_t>(packet[1] + 1)):
            return YES
        return NO
    return follows(packet, n_left)


cdef inline void decode(const uint8_t *packet, int32_t *counts) noexcept nogil:
    cdef Py_ssize_t channel
    cdef const uint8_t *sample = packet + 2
    cdef int32_t value
    for channel in range(N_CHANNELS):
        value = (sample[0] << 16) | (sample[1] << 8) | sample[2]
        counts[channel] = value - ((value & 0x800000) << 1)
        sample += 3


cdef class Scanner:
    """Compiled packet scanner; see `acquisition.link.reference.ReferenceScanner`."""

    cdef State state
    cdef readonly Py_ssize_t n_frames
    cdef readonly Py_ssize_t n_text
    cdef readonly Py_ssize_t n_consumed

    def __cinit__(self):
        self.state.contiguous = False
        self.state.only_text = False
        self.state.gap_is_told = True
        self.state.last_counter = 0
        self.state.last_tail = TAIL_FIRST
        self.state.n_rejected = 0
        self.state.n_discarded = 0

    @property
    def n_rejected(self):
        return self.state.n_rejected

    @property
    def n_discarded(self):
        return self.state.n_discarded

    def scan(
        self,
        const uint8_t[::1] data not None,
        int32_t[:, ::1] counts not None,
        uint8_t[::1] counters not None,
        uint8_t[::1] tails not None,
        uint8_t[:, ::1] aux not None,
        uint8_t[::1] text not None,
    ):
        cdef State state = self.state
        cdef Py_ssize_t n_data = data.shape[0], place = 0, n_frames = 0, n_text = 0
        cdef Verdict verdict
        cdef const uint8_t *packet
        with nogil:
            while place < n_data:
                packet = &data[place]
                verdict = NO
                if packet[0] == HEAD:
                    verdict = judge(&state, packet, n_data - place)
                    if verdict == LATER:
                        break
                    if verdict == YES:
                        decode(packet, &counts[n_frames, 0])
                        counters[n_frames] = packet[1]
                        tails[n_frames] = packet[TAIL_OFFSET]
                        memcpy(&aux[n_frames, 0], packet + AUX_OFFSET, AUX_BYTES)
                        n_frames += 1
                        place += PACKET
                        state.last_counter = packet[1]
                        state.last_tail = packet[TAIL_OFFSET]
                        state.contiguous = True
                        state.only_text = True
                        continue
                    state.n_rejected += 1
                state.contiguous = False
                state.n_discarded += 1
                place += 1
                if is_text(packet[0]):
                    text[n_text] = packet[0]
                    n_text += 1
                    state.gap_is_told = False
                else:
                    state.only_text = False
                    if not state.gap_is_told:
                        text[n_text] = 0
                        n_text += 1
                        state.gap_is_told = True
        self.state = state
        self.n_frames = n_frames
        self.n_text = n_text
        self.n_consumed = place
