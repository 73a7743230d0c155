/* The stream: the interrupt counts every conversion, the task reads it and queues a packet. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { STREAM_MODE_DEFAULT = 0, STREAM_MODE_DIGITAL = 3, STREAM_MODE_MARKER = 4 } stream_mode_t;

typedef struct {
    uint32_t conversions;  /* since the stream began, those that were lost included */
    uint16_t overruns;     /* a conversion came before the one before it was read */
    uint16_t spi_faults;   /* a frame whose status did not begin with 1100 */
    uint16_t dropped;      /* packets that the UART had no room for */
    uint8_t faults_in_row; /* SPI faults without a good frame between */
} stream_counts_t;

void stream_start(uint16_t rate_sps);
void stream_stop(void);
bool stream_is_on(void);

/* When its conversions began, behind a pause anew. */
uint32_t stream_begun_ms(void);

/* Stop the conversions for a change of registers and go on with counter 0 (both do nothing when there is no stream);
 * settings.c does so for each of its own. */
void stream_pause(void);
void stream_resume(uint16_t rate_sps);

/* From the interrupt of DRDY's falling edge. */
void stream_on_drdy(void);
bool stream_has_work(void);
void stream_service(void);

stream_counts_t stream_counts(void);

void stream_set_mode(stream_mode_t mode);
stream_mode_t stream_mode(void);
void stream_set_marker(uint8_t character);
void stream_set_time_stamps(bool is_on);

#endif
