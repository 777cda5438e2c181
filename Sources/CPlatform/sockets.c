#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  // macOS: SO_NOSIGPIPE is set on each socket instead.
#endif

static int failure(void) { return errno == EAGAIN || errno == EWOULDBLOCK ? CPLATFORM_WOULD_BLOCK : -errno; }

static void set_option(int descriptor, int level, int name, int value) {
    setsockopt(descriptor, level, name, &value, sizeof value);
}

static void describe(const struct sockaddr_storage *storage, socklen_t length, struct cplatform_address *address) {
    char service[8] = "0";
    address->host[0] = 0;
    address->port = 0;
    if (getnameinfo((const struct sockaddr *)storage, length, address->host, sizeof address->host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0) return;
    if (storage->ss_family == AF_INET) address->port = ntohs(((const struct sockaddr_in *)storage)->sin_port);
    if (storage->ss_family == AF_INET6) address->port = ntohs(((const struct sockaddr_in6 *)storage)->sin6_port);
    // A dual-stack listener sees IPv4 peers as mapped addresses; callers want the plain one.
    if (strncmp(address->host, "::ffff:", 7) == 0 && strchr(address->host, '.') != NULL)
        memmove(address->host, address->host + 7, strlen(address->host + 7) + 1);
}

static void prepare(int descriptor) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
#if defined(SO_NOSIGPIPE)
    set_option(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
}

static int resolve(const char *host, uint16_t port, int flags, struct addrinfo **found) {
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    return getaddrinfo(host[0] ? host : NULL, service, &hints, found) == 0 ? 0 : -EADDRNOTAVAIL;
}

int cplatform_listen(const char *host, uint16_t port, int backlog, struct cplatform_address *bound) {
    struct addrinfo *found = NULL;
    int result = resolve(host, port, AI_PASSIVE, &found);
    if (result < 0) return result;
    result = -EADDRNOTAVAIL;
    for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        int descriptor = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (descriptor < 0) { result = -errno; continue; }
        prepare(descriptor);
        set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
        if (each->ai_family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        struct sockaddr_storage storage;
        socklen_t length = sizeof storage;
        if (bind(descriptor, each->ai_addr, each->ai_addrlen) == 0 && listen(descriptor, backlog) == 0
            && fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
            && getsockname(descriptor, (struct sockaddr *)&storage, &length) == 0) {
            describe(&storage, length, bound);
            result = descriptor;
            break;
        }
        result = -errno;
        close(descriptor);
    }
    freeaddrinfo(found);
    return result;
}

int cplatform_accept(int listener, struct cplatform_address *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int descriptor;
    do {
#if defined(__linux__)
        descriptor = accept4(listener, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
        descriptor = accept(listener, (struct sockaddr *)&storage, &length);
#endif
    } while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (descriptor < 0) return failure();
#if !defined(__linux__)
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    prepare(descriptor);
#endif
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    describe(&storage, length, peer);
    return descriptor;
}

void cplatform_limit_waits(int descriptor, int timeout_milliseconds) {
    struct timeval limit = {timeout_milliseconds / 1000, (timeout_milliseconds % 1000) * 1000};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int cplatform_connect(const char *host, uint16_t port, int timeout_milliseconds) {
    struct addrinfo *found = NULL;
    int result = resolve(host, port, 0, &found);
    if (result < 0) return result;
    result = -EADDRNOTAVAIL;
    for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        int descriptor = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (descriptor < 0) { result = -errno; continue; }
        prepare(descriptor);
        set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
        cplatform_limit_waits(descriptor, timeout_milliseconds);
        if (connect(descriptor, each->ai_addr, each->ai_addrlen) == 0) { result = descriptor; break; }
        result = -errno;
        close(descriptor);
    }
    freeaddrinfo(found);
    return result;
}

ssize_t cplatform_receive(int descriptor, void *bytes, size_t count) {
    ssize_t result;
    do { result = recv(descriptor, bytes, count, 0); } while (result < 0 && errno == EINTR);
    return result < 0 ? failure() : result;
}

ssize_t cplatform_send(int descriptor, const void *bytes, size_t count) {
    ssize_t result;
    do { result = send(descriptor, bytes, count, MSG_NOSIGNAL); } while (result < 0 && errno == EINTR);
    return result < 0 ? failure() : result;
}

ssize_t cplatform_send_pair(int descriptor, const void *first, size_t first_count,
                          const void *second, size_t second_count) {
    struct iovec runs[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = runs;
    message.msg_iovlen = 2;
    ssize_t result;
    do { result = sendmsg(descriptor, &message, MSG_NOSIGNAL); } while (result < 0 && errno == EINTR);
    return result < 0 ? failure() : result;
}

ssize_t cplatform_read_at(int file, void *bytes, size_t count, off_t offset) {
    ssize_t result;
    do { result = pread(file, bytes, count, offset); } while (result < 0 && errno == EINTR);
    return result < 0 ? failure() : result;
}

void cplatform_shutdown_write(int descriptor) { shutdown(descriptor, SHUT_WR); }
void cplatform_shutdown_both(int descriptor) { shutdown(descriptor, SHUT_RDWR); }
void cplatform_close(int descriptor) { close(descriptor); }

int cplatform_open_spare(void) {
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void cplatform_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    rlim_t wanted = limit.rlim_max;
#if defined(__APPLE__)
    if (wanted > 10240) wanted = 10240;  // OPEN_MAX: setrlimit refuses more, even below "unlimited".
#endif
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}
