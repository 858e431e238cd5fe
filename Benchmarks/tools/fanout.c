// Fan-out load: N followers of one event stream, one publisher, all in one thread with epoll.
//
//   cc -O2 -o fanout fanout.c
//   fanout HOST PORT FOLLOWERS EVENTS STREAM-PATH PUBLISH-PATH [TOKEN] [RATE] [pause]
//
// Every event carries one '~', which stands nowhere else, so counting that byte counts deliveries. With RATE (events a second) the publisher
// keeps to it and latencies are of an unloaded server; without it (0), the next event goes out when the last one is acknowledged. With `pause`
// it says `ready` when all followers are there and waits for a line on standard input, so that memory can be read.
// Prints one JSON line: deliveries a second from the first publish to the last delivery, and the time from publish to delivery (p50, p99).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LATENCIES_MAX 4000000
#define WAIT_SECONDS 60

typedef struct {
    int descriptor;
    int ready;      // the head of the answer has come
    long received;  // events so far
} Follower;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int dial(const char *host, int port, int number) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) die("socket");
    // Beyond 28,000 connections one source address has no ports left, those that wait out their end included; loopback has many addresses.
    // The port is chosen when the other end is known.
    int one = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7F000002u + ((uint32_t)getpid() % 60000 + 1) * 256 + (uint32_t)number / 20000);
    setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&from, sizeof from)) die("bind");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    if (connect(s, (struct sockaddr *)&to, sizeof to)) die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

static void send_all(int s, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(s, bytes, count, 0);
        if (sent < 0) die("send");
        bytes += sent;
        count -= (size_t)sent;
    }
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    if (argc < 7) {
        fprintf(stderr, "usage: fanout HOST PORT FOLLOWERS EVENTS STREAM-PATH PUBLISH-PATH [TOKEN] [RATE] [pause]\n");
        return 2;
    }
    const char *host = argv[1], *token = argc > 7 ? argv[7] : "";
    int port = atoi(argv[2]), followers = atoi(argv[3]), events = atoi(argv[4]);
    double rate = argc > 8 ? atof(argv[8]) : 0;
    int pausing = argc > 9 && !strcmp(argv[9], "pause");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    int poll = epoll_create1(0);
    Follower *all = calloc((size_t)followers, sizeof *all);
    char request[2048], buffer[65536];
    int length = snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n", argv[5], token);
    for (int i = 0; i < followers; i++) {
        all[i].descriptor = dial(host, port, i);
        send_all(all[i].descriptor, request, (size_t)length);
        fcntl(all[i].descriptor, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].descriptor, &event);
    }
    float *latencies = malloc(sizeof(float) * LATENCIES_MAX);
    double *published = calloc((size_t)events + 1, sizeof(double));
    long latency_count = 0, delivered = 0, wanted = (long)followers * events;
    int ready = 0, sent = 0, waiting = 0, publisher = -1;
    double begun = 0, quiet_since = now(), next_at = 0, settled = 0;
    while (delivered < wanted) {
        double t = now();
        if (t - quiet_since > WAIT_SECONDS) {
            fprintf(stderr, "nothing came for %d s: %d of %d followers ready, %ld of %ld deliveries\n", WAIT_SECONDS, ready, followers, delivered, wanted);
            return 1;
        }
        if (ready == followers && settled == 0) {
            if (pausing) {
                puts("ready");
                fflush(stdout);
                if (!fgets(buffer, sizeof buffer, stdin)) return 1;
                t = quiet_since = now();
            }
            // Not before: servers close a connection that is silent for long.
            publisher = dial(host, port, 0);
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
            epoll_ctl(poll, EPOLL_CTL_ADD, publisher, &event);
            settled = t + 0.3;  // let the opening frames pass
        }
        if (settled > 0 && t >= settled && sent < events && !waiting && t >= next_at) {
            char body[256];
            int size = snprintf(body, sizeof body, "{\"agent\":\"bench\",\"status\":\"running\",\"message\":\"event %d ~\",\"timestamp\":\"2026-05-10T06:12:47.000Z\"}", sent);
            char post[1024];
            int n = snprintf(
                post, sizeof post, "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
                argv[6], token, size, body);
            if (sent == 0) begun = t;
            published[sent++] = t;
            waiting = 1;
            if (rate > 0) next_at = (next_at == 0 ? t : next_at) + 1 / rate;
            send_all(publisher, post, (size_t)n);
        }
        struct epoll_event got[512];
        int count = epoll_wait(poll, got, 512, rate > 0 || settled == 0 || t < settled ? 1 : 100);
        for (int i = 0; i < count; i++) {
            if (got[i].data.u32 == UINT32_MAX) {
                ssize_t n = recv(publisher, buffer, sizeof buffer, 0);
                if (n <= 0) die("publisher");
                if (strncmp(buffer, "HTTP/1.1 2", 10)) {
                    fprintf(stderr, "publish failed: %.*s\n", (int)n, buffer);
                    return 1;
                }
                waiting = 0;
                continue;
            }
            Follower *follower = &all[got[i].data.u32];
            ssize_t n = recv(follower->descriptor, buffer, sizeof buffer, 0);
            if (n <= 0) {
                if (n < 0 && errno == EAGAIN) continue;
                fprintf(stderr, "follower %u was closed after %ld events\n", got[i].data.u32, follower->received);
                return 1;
            }
            quiet_since = t;
            if (!follower->ready) {
                follower->ready = 1;
                ready++;
            }
            double arrived = now();
            for (char *at = buffer; (at = memchr(at, '~', (size_t)(buffer + n - at))); at++) {
                if (follower->received < events && latency_count < LATENCIES_MAX)
                    latencies[latency_count++] = (float)((arrived - published[follower->received]) * 1000);
                follower->received++;
                delivered++;
            }
        }
    }
    double seconds = now() - begun;
    qsort(latencies, (size_t)latency_count, sizeof *latencies, compare);
    printf(
        "{\"followers\":%d,\"events\":%d,\"seconds\":%.3f,\"deliveriesPerSecond\":%.0f,\"p50ms\":%.3f,\"p99ms\":%.3f}\n", followers, events, seconds,
        delivered / seconds, latencies[latency_count / 2], latencies[latency_count * 99 / 100]);
    return 0;
}
