#include "CPlatform.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#define BATCH 256

#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/eventfd.h>

static int watch(const struct cplatform_poller *poller, int descriptor, void *token, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.ptr = token}};
    return epoll_ctl(poller->descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

int cplatform_poller_open(struct cplatform_poller *poller) {
    poller->descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (poller->descriptor < 0) return -errno;
    poller->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int result = poller->wake_descriptor < 0 ? -errno : 0;
    // Edge-triggered, so that the counter never has to be read back.
    if (result == 0) result = watch(poller, poller->wake_descriptor, NULL, EPOLLIN | EPOLLET);
    if (result < 0) cplatform_poller_close(poller);
    return result;
}

void cplatform_poller_close(struct cplatform_poller *poller) {
    if (poller->wake_descriptor >= 0) close(poller->wake_descriptor);
    close(poller->descriptor);
}

int cplatform_poller_watch_edges(const struct cplatform_poller *poller, int descriptor, void *token) {
    return watch(poller, descriptor, token, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

int cplatform_poller_watch_level(const struct cplatform_poller *poller, int descriptor, void *token) {
    return watch(poller, descriptor, token, EPOLLIN);
}

void cplatform_poller_unwatch_level(const struct cplatform_poller *poller, int descriptor) {
    struct epoll_event ignored = {0};
    epoll_ctl(poller->descriptor, EPOLL_CTL_DEL, descriptor, &ignored);
}

void cplatform_poller_wake(const struct cplatform_poller *poller) {
    uint64_t one = 1;
    ssize_t written;
    do { written = write(poller->wake_descriptor, &one, sizeof one); } while (written < 0 && errno == EINTR);
}

int cplatform_poller_wait(const struct cplatform_poller *poller, struct cplatform_event *events, int capacity,
                        int timeout_milliseconds) {
    struct epoll_event ready[BATCH];
    int count = epoll_wait(poller->descriptor, ready, capacity < BATCH ? capacity : BATCH, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t from = ready[i].events;
        int32_t to = 0;
        if (from & EPOLLIN) to |= CPLATFORM_READABLE;
        if (from & EPOLLOUT) to |= CPLATFORM_WRITABLE;
        if (from & EPOLLRDHUP) to |= CPLATFORM_HALF_CLOSED | CPLATFORM_READABLE;
        if (from & (EPOLLHUP | EPOLLERR)) to |= CPLATFORM_GONE;
        events[i].token = ready[i].data.ptr;
        events[i].flags = to;
    }
    return count;
}

#else

#include <sys/event.h>
#include <sys/time.h>

int cplatform_poller_open(struct cplatform_poller *poller) {
    poller->wake_descriptor = -1;
    poller->descriptor = kqueue();
    if (poller->descriptor < 0) return -errno;
    struct kevent change;
    EV_SET(&change, 0, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, NULL);
    if (kevent(poller->descriptor, &change, 1, NULL, 0, NULL) == 0) return 0;
    int result = -errno;
    close(poller->descriptor);
    return result;
}

void cplatform_poller_close(struct cplatform_poller *poller) { close(poller->descriptor); }

int cplatform_poller_watch_edges(const struct cplatform_poller *poller, int descriptor, void *token) {
    struct kevent changes[2];
    EV_SET(&changes[0], descriptor, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, token);
    EV_SET(&changes[1], descriptor, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, token);
    return kevent(poller->descriptor, changes, 2, NULL, 0, NULL) == 0 ? 0 : -errno;
}

int cplatform_poller_watch_level(const struct cplatform_poller *poller, int descriptor, void *token) {
    struct kevent change;
    EV_SET(&change, descriptor, EVFILT_READ, EV_ADD, 0, 0, token);
    return kevent(poller->descriptor, &change, 1, NULL, 0, NULL) == 0 ? 0 : -errno;
}

void cplatform_poller_unwatch_level(const struct cplatform_poller *poller, int descriptor) {
    struct kevent change;
    EV_SET(&change, descriptor, EVFILT_READ, EV_DELETE, 0, 0, NULL);
    kevent(poller->descriptor, &change, 1, NULL, 0, NULL);
}

void cplatform_poller_wake(const struct cplatform_poller *poller) {
    struct kevent change;
    EV_SET(&change, 0, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
    kevent(poller->descriptor, &change, 1, NULL, 0, NULL);
}

int cplatform_poller_wait(const struct cplatform_poller *poller, struct cplatform_event *events, int capacity,
                        int timeout_milliseconds) {
    struct kevent ready[BATCH];
    struct timespec limit = {timeout_milliseconds / 1000, (timeout_milliseconds % 1000) * 1000000L};
    int count = kevent(poller->descriptor, NULL, 0, ready, capacity < BATCH ? capacity : BATCH,
                       timeout_milliseconds < 0 ? NULL : &limit);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        int32_t flags = 0;
        if (ready[i].filter == EVFILT_READ) {
            flags |= CPLATFORM_READABLE;
            if (ready[i].flags & EV_EOF) flags |= CPLATFORM_HALF_CLOSED;
        } else if (ready[i].filter == EVFILT_WRITE) {
            flags |= ready[i].flags & EV_EOF ? CPLATFORM_GONE : CPLATFORM_WRITABLE;
        }
        events[i].token = ready[i].filter == EVFILT_USER ? NULL : ready[i].udata;
        events[i].flags = flags;
    }
    return count;
}

#endif
