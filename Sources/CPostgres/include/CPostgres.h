#ifndef LARDER_CPOSTGRES_H
#define LARDER_CPOSTGRES_H

// libpq, PostgreSQL's client library, loaded when it is asked for: a larder without PostgreSQL starts where there is none, and pays
// nothing for it. Its header is needed to build (Debian: libpq-dev), the library itself to run with `--index postgres://…` (libpq5).
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

/// Loads the library; later calls do nothing. Not to be called by two threads at once.
/// - Returns: NULL, or why there is none or an older one than 14: text that stays.
const char *larder_pq_load(void);

// Each function PQname as larder_pq_name, to be called after larder_pq_load() found no fault.
#define LARDER_PQ(type, name, parameters, arguments) type larder_pq_##name parameters;
#include "CPostgresFunctions.h"
#undef LARDER_PQ

/// Has a connection keep the server's notices to itself: libpq writes them to standard error.
void larder_pq_silence(PGconn *connection);

#endif
