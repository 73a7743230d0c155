/* Recording as the voltage at the electrodes: the first eight signals in uV of a BDF or EDF file. */
#ifndef BDF_SOURCE_H
#define BDF_SOURCE_H

#include <stdbool.h>

/* Read the whole file; on failure print one sentence and return false. */
bool bdf_source_open(const char *path);

/* An ads_source_t: the recording from its beginning, interpolated linearly, and 0 after its end. */
void bdf_source_read(void *context, double time_s, double *out_uv);

#endif
