#ifndef CCONSOLEPAGES_H
#define CCONSOLEPAGES_H

#include <stddef.h>

/// One file of the folder `Console/`, as it was when the binary was built.
typedef struct {
    /// Below `/console/`, for instance `views/entry.js`. NUL-terminated.
    const char *path;
    const unsigned char *bytes;
    size_t size;
} larder_console_page;

/// All files. They live as long as the process.
/// @param count set to how many there are.
const larder_console_page *larder_console_pages(size_t *count);

#endif
