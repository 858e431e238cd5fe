// HTTP load that wrk cannot make: a given number of different keys, in order, or a given rate; one thread with epoll.
//
//   cc -O2 -o load load.c
//   load fill HOST PORT CONNECTIONS FIRST LAST MODULUS KEEP SIZE PREFIX TOKEN   PUTs the keys FIRST..LAST-1: those with number % MODULUS == 0
//                                                                     (KEEP = in), or all but those (KEEP = out); MODULUS 1 in: all
//   load rate HOST PORT CONNECTIONS RATE SECONDS SIZE PREFIX TOKEN    PUTs new keys, RATE a second, until SECONDS are over or SIGTERM comes
//
// The key of number n is d000/k000000000: a directory for each thousand. Bodies are JSON of SIZE bytes, no two alike. At a given rate latency
// counts from the time at which the request was due (no coordinated omission). Prints one JSON line; ends with 1 at any answer but 2xx.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define BODY_MAX 40000
#define HEAD_MAX 2048
#define LATENCIES_MAX 2000000
#define STUCK_SECONDS 30

typedef struct {
    int descriptor;
    int busy;
    double due;
    char answer[16384];
    size_t have;
} Connection;

static volatile sig_atomic_t stopped;
static void stop(int number) {
    (void)number;
    stopped = 1;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int dial(const char *host, int port) {
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (s < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1 || connect(s, (struct sockaddr *)&to, sizeof to)) die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

// Letters that no two numbers share: a store that keeps equal contents once would have it too easy.
static void fill_body(char *body, int size, long number) {
    int n = snprintf(body, (size_t)size, "{\"id\":%ld,\"text\":\"", number);
    uint64_t state = (uint64_t)number * 0x9E3779B97F4A7C15u + 1;
    for (int i = n; i < size - 2; i++) {
        if ((i & 7) == 0) state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        body[i] = "abcdefgh ijklmno"[(state >> (4 * (i & 7))) & 15];
    }
    body[size - 2] = '"';
    body[size - 1] = '}';
}

static void send_put(Connection *c, const char *prefix, const char *token, long number, int size) {
    static char request[HEAD_MAX + BODY_MAX];
    int n = snprintf(
        request, HEAD_MAX,
        "PUT %sd%03ld/k%09ld HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", prefix,
        number / 1000, number, token, size);
    fill_body(request + n, size, number);
    size_t left = (size_t)(n + size);
    for (const char *at = request; left > 0;) {
        ssize_t sent = send(c->descriptor, at, left, MSG_NOSIGNAL);
        if (sent < 0) die("send");
        at += sent;
        left -= (size_t)sent;
    }
    c->busy = 1;
    c->have = 0;
}

// Whether the whole answer is there.
static int receive(Connection *c) {
    if (c->have == sizeof c->answer - 1) exit((fprintf(stderr, "an answer is longer than %zu bytes\n", sizeof c->answer), 1));
    ssize_t n = recv(c->descriptor, c->answer + c->have, sizeof c->answer - 1 - c->have, 0);
    if (n <= 0) die("recv");
    c->have += (size_t)n;
    c->answer[c->have] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) return 0;
    if (strncmp(c->answer, "HTTP/1.1 2", 10)) exit((fprintf(stderr, "%.300s\n", c->answer), 1));
    char *field = strcasestr(c->answer, "\r\ncontent-length:");
    size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
    return c->have >= (size_t)(end + 4 - c->answer) + body;
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    int fill = argc == 12 && !strcmp(argv[1], "fill"), rated = argc == 10 && !strcmp(argv[1], "rate");
    if (!fill && !rated) {
        fprintf(stderr, "usage: load fill HOST PORT CONNECTIONS FIRST LAST MODULUS in|out SIZE PREFIX TOKEN\n"
                        "       load rate HOST PORT CONNECTIONS RATE SECONDS SIZE PREFIX TOKEN\n");
        return 2;
    }
    int port = atoi(argv[3]), count = atoi(argv[4]), size = atoi(argv[fill ? 9 : 7]);
    const char *prefix = argv[fill ? 10 : 8], *token = argv[fill ? 11 : 9];
    long number = fill ? atol(argv[5]) : 0, last = fill ? atol(argv[6]) : 0, modulus = fill ? atol(argv[7]) : 1;
    int in = fill && !strcmp(argv[8], "in");
    double rate = rated ? atof(argv[5]) : 0, seconds = rated ? atof(argv[6]) : 0;
    if (count < 1 || count > CONNECTIONS_MAX || size < 64 || size > BODY_MAX || strlen(prefix) + strlen(token) > 1000 || modulus < 1 || (rated && rate <= 0)) {
        fprintf(stderr, "load: an argument is out of its range\n");
        return 2;
    }
    signal(SIGTERM, stop);
    int poll = epoll_create1(0);
    Connection *all = calloc((size_t)count, sizeof *all);
    for (int i = 0; i < count; i++) {
        all[i].descriptor = dial(argv[2], port);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].descriptor, &event);
    }
    float *latencies = malloc(sizeof(float) * LATENCIES_MAX);
    long done = 0, kept = 0, sent = 0;
    int busy = 0;
    double begun = now(), heard = begun;
    for (;;) {
        double t = now();
        int more = fill ? number < last : !stopped && t - begun < seconds;
        for (int i = 0; more && i < count; i++) {
            if (all[i].busy) continue;
            if (rated) {
                double due = begun + (double)sent / rate;
                if (due > t) break;
                all[i].due = due;
                send_put(&all[i], prefix, token, sent++, size);
            } else {
                while (number < last && (number % modulus == 0) != in) number++;
                if (number == last) break;
                all[i].due = t;
                send_put(&all[i], prefix, token, number++, size);
            }
            busy++;
        }
        if (!more && busy == 0) break;
        if (busy == 0) heard = t;
        if (t - heard > STUCK_SECONDS) exit((fprintf(stderr, "no answer for %d s\n", STUCK_SECONDS), 1));
        struct epoll_event got[CONNECTIONS_MAX];
        int ready = epoll_wait(poll, got, CONNECTIONS_MAX, rated ? 1 : 100);
        for (int i = 0; i < ready; i++) {
            Connection *c = &all[got[i].data.u32];
            heard = now();
            if (!receive(c)) continue;
            if (kept < LATENCIES_MAX) latencies[kept++] = (float)((heard - c->due) * 1000);
            c->busy = 0;
            busy--;
            done++;
        }
    }
    double elapsed = now() - begun;
    qsort(latencies, (size_t)kept, sizeof *latencies, compare);
    printf(
        "{\"requests\":%ld,\"seconds\":%.3f,\"perSecond\":%.0f,\"p50ms\":%.3f,\"p99ms\":%.3f,\"maxms\":%.3f}\n", done, elapsed, done / elapsed,
        kept ? latencies[kept / 2] : 0, kept ? latencies[kept * 99 / 100] : 0, kept ? latencies[kept - 1] : 0);
    return 0;
}
