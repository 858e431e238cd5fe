#ifndef LARDER_CLARDERSYSTEM_H
#define LARDER_CLARDERSYSTEM_H

#include <stdint.h>

/// Asks Linux to begin writing a range of a file out (sync_file_range(2), SYNC_FILE_RANGE_WRITE). A hint: does nothing elsewhere.
void larder_begin_writeback(int descriptor, int64_t offset, int64_t count);

#endif
