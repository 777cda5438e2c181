// Memory that only the start needed.
#define _GNU_SOURCE
#include "CPlatform.h"

#ifdef __linux__
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Of each loaded object the segments that cannot be written: their pages are clean copies of files, and come back
// from the page cache when they are touched again.
static int give_back(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    (void)context;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        uintptr_t start = ((uintptr_t)info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = ((uintptr_t)info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void cplatform_give_back_startup_pages(void) { dl_iterate_phdr(give_back, 0); }
#else
void cplatform_give_back_startup_pages(void) {}
#endif
