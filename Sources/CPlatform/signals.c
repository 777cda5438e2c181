// Ending in order when the system or a person asks for it.
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int wake_descriptors[2] = {-1, -1};

// Only what a signal handler may do: one write to a pipe.
static void note_termination(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(wake_descriptors[1], &byte, 1);
    (void)written;
    errno = saved;
}

int cplatform_catch_termination(void) {
    if (pipe(wake_descriptors) != 0) return -errno;
    for (int index = 0; index < 2; index++) fcntl(wake_descriptors[index], F_SETFD, FD_CLOEXEC);
    // The second signal of a kind finds the default action again, and ends the process at once.
    struct sigaction action = {.sa_handler = note_termination, .sa_flags = SA_RESTART | SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) return -errno;
    return 0;
}

void cplatform_await_termination(void) {
    unsigned char byte;
    while (read(wake_descriptors[0], &byte, 1) < 0 && errno == EINTR) {}
}

void cplatform_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }
