/* Stream of packets: the interrupt counts every conversion, the main loop reads it and queues a packet. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { STREAM_MODE_DEFAULT = 0, STREAM_MODE_DIGITAL = 3, STREAM_MODE_MARKER = 4 } stream_mode_t;

typedef struct {
    uint32_t conversions;  /* since the start or the last pause of the stream, including lost ones */
    uint16_t overruns;     /* conversions lost because they were not read in time */
    uint16_t spi_faults;   /* frames whose status did not begin with 1100 */
    uint16_t dropped;      /* packets for which the UART had no room */
    uint8_t faults_in_row; /* SPI faults since the last good frame */
} stream_counts_t;

void stream_start(uint16_t rate_sps);
void stream_stop(void);
bool stream_is_on(void);

/* Time at which the conversions started, or restarted after a pause. */
uint32_t stream_begun_ms(void);

/* Stop the conversions for a change of registers, and resume with counter 0. Both do nothing without a stream.
 * settings.c calls them for each of its changes. */
void stream_pause(void);
void stream_resume(uint16_t rate_sps);

/* Called from the interrupt of DRDY's falling edge. */
void stream_on_drdy(void);
bool stream_has_work(void);
void stream_service(void);

stream_counts_t stream_counts(void);

void stream_set_mode(stream_mode_t mode);
stream_mode_t stream_mode(void);
void stream_set_marker(uint8_t character);
void stream_set_time_stamps(bool is_on);

#endif
