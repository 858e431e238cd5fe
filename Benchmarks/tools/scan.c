// What SQLite alone takes to read a page of a list from Larder's index: the least that a list can cost.
//
//   cc -O2 -o scan scan.c -lsqlite3
//   scan INDEX.SQLITE STORE REPEATS         prints {"first":ms,"middle":ms,"last":ms}, medians over REPEATS of 1,000 rows each
//
// Opens the file read-only; the server that owns it must have been stopped.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE 1000
#define REPEATS_MAX 1000

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static sqlite3 *db;
static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL)) exit((fprintf(stderr, "%s\n", sqlite3_errmsg(db)), 1));
    return s;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Every column is taken out, as a list takes it. The sum keeps the compiler from leaving that out.
static long read_page(sqlite3_stmt *s, sqlite3_int64 store, const void *from, int length, int *rows) {
    long sum = 0;
    sqlite3_bind_int64(s, 1, store);
    sqlite3_bind_blob(s, 2, from, length, SQLITE_TRANSIENT);
    for (*rows = 0; sqlite3_step(s) == SQLITE_ROW; ++*rows)
        for (int i = 0; i < sqlite3_column_count(s); i++) sum += sqlite3_column_bytes(s, i) + sqlite3_column_int64(s, i);
    sqlite3_reset(s);
    return sum;
}

int main(int argc, char **argv) {
    int repeats = argc == 4 ? atoi(argv[3]) : 0;
    if (repeats < 1 || repeats > REPEATS_MAX) return fprintf(stderr, "usage: scan INDEX.SQLITE STORE REPEATS\n"), 2;
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL)) return fprintf(stderr, "%s\n", sqlite3_errmsg(db)), 1;
    sqlite3_stmt *find = prepare(
        "SELECT id, (SELECT SUM(entries) FROM store_counts WHERE store = stores.id) FROM stores WHERE name = ?1");
    sqlite3_bind_blob(find, 1, argv[2], (int)strlen(argv[2]), SQLITE_STATIC);
    if (sqlite3_step(find) != SQLITE_ROW) return fprintf(stderr, "no store %s\n", argv[2]), 1;
    sqlite3_int64 store = sqlite3_column_int64(find, 0), entries = sqlite3_column_int64(find, 1);
    sqlite3_stmt *place = prepare("SELECT key FROM entries WHERE store = ?1 ORDER BY key LIMIT 1 OFFSET ?2");
    sqlite3_stmt *page = prepare(
        "SELECT key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at, modified_at, expires_at FROM entries"
        " WHERE store = ?1 AND key >= ?2 ORDER BY key LIMIT 1000");
    const char *names[] = {"first", "middle", "last"};
    sqlite3_int64 offsets[] = {0, entries / 2, entries > PAGE ? entries - PAGE : 0};
    long sum = 0;
    for (int p = 0; p < 3; p++) {
        char key[1024];
        sqlite3_bind_int64(place, 1, store);
        sqlite3_bind_int64(place, 2, offsets[p]);
        if (sqlite3_step(place) != SQLITE_ROW) return fprintf(stderr, "the store is empty\n"), 1;
        int length = sqlite3_column_bytes(place, 0), rows = 0;
        if (length > (int)sizeof key) return fprintf(stderr, "a key is too long\n"), 1;
        memcpy(key, sqlite3_column_blob(place, 0), (size_t)length);
        sqlite3_reset(place);
        double times[REPEATS_MAX];
        for (int i = 0; i < repeats; i++) {
            double begun = now();
            sum += read_page(page, store, key, length, &rows);
            times[i] = now() - begun;
        }
        if (rows != (entries < PAGE ? entries : PAGE) && p != 1) return fprintf(stderr, "%d rows came\n", rows), 1;
        qsort(times, (size_t)repeats, sizeof *times, compare);
        printf("%s\"%s\":%.4f", p ? "," : "{", names[p], times[repeats / 2]);
    }
    printf(",\"sum\":%ld}\n", sum);
    return 0;
}
