// What Swift cannot call by itself: sockets, readiness polling, threads, clocks.
// Every function that can fail answers a negative errno instead of setting errno, so that no call in between loses it.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: sockets

// The call would have had to wait (EAGAIN); outside the range of negated errno values.
#define CPLATFORM_WOULD_BLOCK (-1000000)

// A numeric IP address in text, and a port in host order.
struct cplatform_address {
    char host[64];
    uint16_t port;
};

// Opens a non-blocking listening socket. Port 0 takes a free one; `bound` says which.
int cplatform_listen(const char *host, uint16_t port, int backlog, struct cplatform_address *bound);
// Takes one waiting connection: non-blocking, close-on-exec, Nagle off, never raising SIGPIPE.
int cplatform_accept(int listener, struct cplatform_address *peer);
// Opens a blocking connection whose reads and writes give up after `timeout_milliseconds`.
int cplatform_connect(const char *host, uint16_t port, int timeout_milliseconds);
// From here on a read or write of a blocking connection gives up after so long; 0 is without end.
void cplatform_limit_waits(int descriptor, int timeout_milliseconds);
ssize_t cplatform_receive(int descriptor, void *bytes, size_t count);
ssize_t cplatform_send(int descriptor, const void *bytes, size_t count);
// Sends two runs of bytes with one system call.
ssize_t cplatform_send_pair(int descriptor, const void *first, size_t first_count,
                          const void *second, size_t second_count);
// Reads bytes of an open file from `offset`; 0 at its end.
ssize_t cplatform_read_at(int file, void *bytes, size_t count, off_t offset);
void cplatform_shutdown_write(int descriptor);
void cplatform_shutdown_both(int descriptor);
void cplatform_close(int descriptor);
// A descriptor kept in reserve, given up when the process has run out of them.
int cplatform_open_spare(void);
// Lifts the soft limit on open descriptors to the hard one.
void cplatform_raise_descriptor_limit(void);

// MARK: readiness

#define CPLATFORM_READABLE 1
#define CPLATFORM_WRITABLE 2
#define CPLATFORM_HALF_CLOSED 4  // the peer will send no more
#define CPLATFORM_GONE 8         // the connection is dead in both directions

struct cplatform_poller {
    int descriptor;
    int wake_descriptor;
};

struct cplatform_event {
    void *token;
    int32_t flags;
};

int cplatform_poller_open(struct cplatform_poller *poller);
void cplatform_poller_close(struct cplatform_poller *poller);
// Reports each change of readiness once (edge-triggered), in both directions.
int cplatform_poller_watch_edges(const struct cplatform_poller *poller, int descriptor, void *token);
// Reports for as long as something can be read (level-triggered).
int cplatform_poller_watch_level(const struct cplatform_poller *poller, int descriptor, void *token);
// Reports of `descriptor` no more, until it is watched again.
void cplatform_poller_unwatch_level(const struct cplatform_poller *poller, int descriptor);
// Ends a wait from any thread; the wait reports it as an event with a null token.
void cplatform_poller_wake(const struct cplatform_poller *poller);
// Waits for events; a negative time-out waits for ever. Answers how many were stored; 0 when interrupted.
int cplatform_poller_wait(const struct cplatform_poller *poller, struct cplatform_event *events, int capacity,
                        int timeout_milliseconds);

// MARK: threads and clocks

// Starts a detached thread with a stack of 8 MiB.
int cplatform_thread_start(const char *name, void (*body)(void *), void *context);
// A number that no other living thread has.
uintptr_t cplatform_thread_identity(void);
int cplatform_core_count(void);
uint64_t cplatform_monotonic_nanoseconds(void);
int64_t cplatform_unix_seconds(void);

// MARK: signals

// From here on the first SIGTERM and the first SIGINT no longer end the process; call it once. Answers a negative errno.
int cplatform_catch_termination(void);
// Waits until one of them comes, or has come.
void cplatform_await_termination(void);

// From here on a write to a pipe that nobody reads fails with EPIPE instead of ending the process.
void cplatform_ignore_broken_pipes(void);

// MARK: memory

// Unmaps the pages of program text and constants that starting touched and serving may never touch again: dynamic
// linking, type metadata, the tables of Foundation. They are clean file pages: what is needed comes back by itself.
void cplatform_give_back_startup_pages(void);

#endif
