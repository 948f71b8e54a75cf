/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The in-flight buffer of vhost-user: a header for each ring, and a state for each descriptor, all of them "not in flight". */

#include "hvn-vhost-user-inflight.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGION_ALIGN     64
#define MAX_QUEUE_SIZE   32768
#define INFLIGHT_VERSION 1

/* what each ring's part starts with; descriptor states follow */
typedef struct {
    guint64 features;
    guint16 version;
    guint16 n_descriptors;
    guint16 position[2]; /* where a server that notes chains keeps its place */
} HvnVhostUserInflightHeader;

#define SPLIT_HEADER_SIZE  16
#define SPLIT_STATE_SIZE   16
#define PACKED_HEADER_SIZE 32
#define PACKED_STATE_SIZE  32

G_STATIC_ASSERT(sizeof(HvnVhostUserInflightHeader) == SPLIT_HEADER_SIZE);

static guint64
hvn_vhost_user_inflight_region_size(guint queue_size, gboolean packed)
{
    guint64 size = packed ? PACKED_HEADER_SIZE + (guint64)queue_size * PACKED_STATE_SIZE
                          : SPLIT_HEADER_SIZE + (guint64)queue_size * SPLIT_STATE_SIZE;

    return (size + REGION_ALIGN - 1) & ~(guint64)(REGION_ALIGN - 1);
}

int
hvn_vhost_user_inflight_new(guint n_queues, guint queue_size, gboolean packed, guint64 *size)
{
    const HvnVhostUserInflightHeader header = {.version = INFLIGHT_VERSION, .n_descriptors = queue_size};
    guint64                          region = hvn_vhost_user_inflight_region_size(queue_size, packed);
    int                              fd;

    if (n_queues == 0 || n_queues > HVN_VHOST_USER_MAX_RINGS || queue_size == 0 || queue_size > MAX_QUEUE_SIZE)
        return -1;
    *size = n_queues * region;
    fd = memfd_create("vhost-inflight", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, *size) != 0) {
        close(fd);
        return -1;
    }
    for (guint i = 0; i < n_queues; i++) {
        if (pwrite(fd, &header, sizeof header, i * region) != sizeof header) {
            close(fd);
            return -1;
        }
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    return fd;
}

int
hvn_vhost_user_inflight_check(const HvnVhostUserInflight *inflight, int fd, gboolean packed)
{
    guint64     need = inflight->n_queues * hvn_vhost_user_inflight_region_size(inflight->queue_size, packed);
    struct stat st;

    if (inflight->n_queues == 0 || inflight->n_queues > HVN_VHOST_USER_MAX_RINGS || inflight->queue_size == 0 ||
        inflight->queue_size > MAX_QUEUE_SIZE || inflight->mmap_size < need)
        return EINVAL;
    if (fstat(fd, &st) != 0)
        return errno;
    if (st.st_size < 0 || inflight->mmap_offset > (guint64)st.st_size ||
        inflight->mmap_size > (guint64)st.st_size - inflight->mmap_offset)
        return EINVAL;
    return 0;
}
