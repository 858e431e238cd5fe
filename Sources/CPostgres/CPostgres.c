#include "CPostgres.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

static struct {
#define LARDER_PQ(type, name, parameters, arguments) type (*name) parameters;
#include "CPostgresFunctions.h"
#undef LARDER_PQ
    PQnoticeProcessor (*setNoticeProcessor)(PGconn *, PQnoticeProcessor, void *);
} libpq;

#define LARDER_PQ(type, name, parameters, arguments) \
    type larder_pq_##name parameters { return libpq.name arguments; }
#include "CPostgresFunctions.h"
#undef LARDER_PQ

static void keep_quiet(void *context, const char *message) {
    (void)context;
    (void)message;
}

void larder_pq_silence(PGconn *connection) { libpq.setNoticeProcessor(connection, keep_quiet, NULL); }

/// - Returns: NULL, or the name of a function that the library lacks.
static const char *look_up(void *library) {
#define LARDER_PQ(type, name, parameters, arguments) \
    if (!(*(void **)&libpq.name = dlsym(library, "PQ" #name))) return "PQ" #name;
#include "CPostgresFunctions.h"
#undef LARDER_PQ
    if (!(*(void **)&libpq.setNoticeProcessor = dlsym(library, "PQsetNoticeProcessor"))) return "PQsetNoticeProcessor";
    return NULL;
}

const char *larder_pq_load(void) {
    static void *library;
    static char failure[512];
#ifdef __APPLE__
    static const char file[] = "libpq.5.dylib";
#else
    static const char file[] = "libpq.so.5";
#endif
    if (library) return NULL;
    void *opened = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        const char *reason = dlerror();
        snprintf(failure, sizeof failure, "%s", reason ? reason : file);
        return failure;
    }
    const char *missing = look_up(opened);
    if (missing) {
        snprintf(failure, sizeof failure, "%s has no %s: it is older than PostgreSQL 14", file, missing);
        dlclose(opened);
        return failure;
    }
    library = opened;
    return NULL;
}
