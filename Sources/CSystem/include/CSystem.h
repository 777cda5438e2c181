// What Swift cannot call by itself: sockets, readiness polling, threads, clocks.
// Every function that can fail answers a negative errno instead of setting errno, so that no call in between loses it.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: sockets

// The call would have had to wait (EAGAIN); outside the range of negated errno values.
#define CSYSTEM_WOULD_BLOCK (-1000000)

// A numeric IP address in text, and a port in host order.
struct csystem_address {
    char host[64];
    uint16_t port;
};

// Opens a non-blocking listening socket. Port 0 takes a free one; `bound` says which.
int csystem_listen(const char *host, uint16_t port, int backlog, struct csystem_address *bound);
// Takes one waiting connection: non-blocking, close-on-exec, Nagle off, never raising SIGPIPE.
int csystem_accept(int listener, struct csystem_address *peer);
// Opens a blocking connection whose reads and writes give up after `timeout_milliseconds`.
int csystem_connect(const char *host, uint16_t port, int timeout_milliseconds);
ssize_t csystem_receive(int descriptor, void *bytes, size_t count);
ssize_t csystem_send(int descriptor, const void *bytes, size_t count);
// Sends two runs of bytes with one system call.
ssize_t csystem_send_pair(int descriptor, const void *first, size_t first_count,
                          const void *second, size_t second_count);
void csystem_shutdown_write(int descriptor);
void csystem_shutdown_both(int descriptor);
void csystem_close(int descriptor);
// A descriptor kept in reserve, given up when the process has run out of them.
int csystem_open_spare(void);
// Lifts the soft limit on open descriptors to the hard one.
void csystem_raise_descriptor_limit(void);

// MARK: readiness

#define CSYSTEM_READABLE 1
#define CSYSTEM_WRITABLE 2
#define CSYSTEM_HALF_CLOSED 4  // the peer will send no more
#define CSYSTEM_GONE 8         // the connection is dead in both directions

struct csystem_poller {
    int descriptor;
    int wake_descriptor;
};

struct csystem_event {
    void *token;
    int32_t flags;
};

int csystem_poller_open(struct csystem_poller *poller);
void csystem_poller_close(struct csystem_poller *poller);
// Reports each change of readiness once (edge-triggered), in both directions.
int csystem_poller_watch_edges(const struct csystem_poller *poller, int descriptor, void *token);
// Reports for as long as something can be read (level-triggered).
int csystem_poller_watch_level(const struct csystem_poller *poller, int descriptor, void *token);
// Ends a wait from any thread; the wait reports it as an event with a null token.
void csystem_poller_wake(const struct csystem_poller *poller);
// Waits for events; a negative time-out waits for ever. Answers how many were stored; 0 when interrupted.
int csystem_poller_wait(const struct csystem_poller *poller, struct csystem_event *events, int capacity,
                        int timeout_milliseconds);

// MARK: threads and clocks

// Starts a detached thread with a stack of 8 MiB.
int csystem_thread_start(const char *name, void (*body)(void *), void *context);
// A number that no other living thread has.
uintptr_t csystem_thread_identity(void);
int csystem_core_count(void);
uint64_t csystem_monotonic_nanoseconds(void);
int64_t csystem_unix_seconds(void);

// MARK: signals

// From here on the first SIGTERM and the first SIGINT no longer end the process; call it once. Answers a negative errno.
int csystem_catch_termination(void);
// Waits until one of them comes, or has come.
void csystem_await_termination(void);

// MARK: memory

// Unmaps the pages of program text and constants that starting touched and serving may never touch again: dynamic
// linking, type metadata, the tables of Foundation. They are clean file pages: what is needed comes back by itself.
void csystem_give_back_startup_pages(void);

#endif
