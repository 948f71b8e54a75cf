/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vfio-user protocol on the wire (vfio-user specification 0.9.2; constants are those of linux/vfio.h). All integers are in
 * host order: both ends share the machine. */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define HVN_VFIO_USER_MAX_DATA (1024 * 1024) /* bytes of one region access or DMA message */
#define HVN_VFIO_USER_MAX_MESSAGE (HVN_VFIO_USER_MAX_DATA + 64)
#define HVN_VFIO_USER_MAX_DMA_MAPS 65535
#define HVN_VFIO_USER_MIN_TRANSFER 512  /* of a client's max_data_xfer_size, for DMA by message to be worth anything */
#define HVN_VFIO_USER_MAX_TEXT     4096 /* bytes of the JSON text of VERSION; QEMU's has 200 */

typedef enum {
    HVN_VFIO_USER_VERSION = 1,
    HVN_VFIO_USER_DMA_MAP = 2,
    HVN_VFIO_USER_DMA_UNMAP = 3,
    HVN_VFIO_USER_DEVICE_GET_INFO = 4,
    HVN_VFIO_USER_DEVICE_GET_REGION_INFO = 5,
    HVN_VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
    HVN_VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
    HVN_VFIO_USER_DEVICE_SET_IRQS = 8,
    HVN_VFIO_USER_REGION_READ = 9,
    HVN_VFIO_USER_REGION_WRITE = 10,
    HVN_VFIO_USER_DMA_READ = 11,
    HVN_VFIO_USER_DMA_WRITE = 12,
    HVN_VFIO_USER_DEVICE_RESET = 13,
    HVN_VFIO_USER_REGION_WRITE_MULTI = 15,
} HvnVfioUserCommand;

#define HVN_VFIO_USER_FLAG_TYPE     0xf /* 0 is a command, 1 a reply */
#define HVN_VFIO_USER_FLAG_REPLY    0x1
#define HVN_VFIO_USER_FLAG_NO_REPLY 0x10
#define HVN_VFIO_USER_FLAG_ERROR    0x20

typedef struct {
    guint16 id;
    guint16 command;
    guint32 size; /* of the message, this header included */
    guint32 flags;
    guint32 error; /* errno of a reply with HVN_VFIO_USER_FLAG_ERROR */
} HvnVfioUserHeader;

typedef struct {
    guint16 major;
    guint16 minor;
    /* JSON text and its NUL follow */
} HvnVfioUserVersion;

#define HVN_VFIO_USER_DMA_FLAG_READ  1
#define HVN_VFIO_USER_DMA_FLAG_WRITE 2

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint64 fd_offset;
    guint64 address;
    guint64 size;
} HvnVfioUserDmaMap;

#define HVN_VFIO_USER_UNMAP_FLAG_ALL 2

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint64 address;
    guint64 size;
} HvnVfioUserDmaUnmap;

#define HVN_VFIO_USER_DEVICE_FLAG_RESET 1
#define HVN_VFIO_USER_DEVICE_FLAG_PCI   2

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint32 num_regions;
    guint32 num_irqs;
} HvnVfioUserDeviceInfo;

#define HVN_VFIO_USER_REGION_CONFIG 7
#define HVN_VFIO_USER_NUM_REGIONS   9

#define HVN_VFIO_USER_REGION_FLAG_READ  1
#define HVN_VFIO_USER_REGION_FLAG_WRITE 2

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint32 index;
    guint32 cap_offset;
    guint64 size;
    guint64 offset;
} HvnVfioUserRegionInfo;

typedef enum {
    HVN_VFIO_USER_IRQ_INTX = 0,
    HVN_VFIO_USER_IRQ_MSI = 1,
    HVN_VFIO_USER_IRQ_MSIX = 2,
    HVN_VFIO_USER_IRQ_ERR = 3,
    HVN_VFIO_USER_IRQ_REQ = 4,
} HvnVfioUserIrqIndex;

#define HVN_VFIO_USER_NUM_IRQS 5

#define HVN_VFIO_USER_IRQ_FLAG_EVENTFD    1
#define HVN_VFIO_USER_IRQ_FLAG_MASKABLE   2
#define HVN_VFIO_USER_IRQ_FLAG_AUTOMASKED 4
#define HVN_VFIO_USER_IRQ_FLAG_NORESIZE   8

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint32 index;
    guint32 count;
} HvnVfioUserIrqInfo;

#define HVN_VFIO_USER_IRQ_SET_DATA_NONE      0x01
#define HVN_VFIO_USER_IRQ_SET_DATA_BOOL      0x02
#define HVN_VFIO_USER_IRQ_SET_DATA_EVENTFD   0x04
#define HVN_VFIO_USER_IRQ_SET_ACTION_MASK    0x08
#define HVN_VFIO_USER_IRQ_SET_ACTION_UNMASK  0x10
#define HVN_VFIO_USER_IRQ_SET_ACTION_TRIGGER 0x20

typedef struct {
    guint32 argsz;
    guint32 flags;
    guint32 index;
    guint32 start;
    guint32 count;
} HvnVfioUserIrqSet;

typedef struct {
    guint64 offset;
    guint32 region;
    guint32 count;
    /* data follow */
} HvnVfioUserRegionAccess;

typedef struct {
    guint64 offset;
    guint32 region;
    guint32 count;
    guint8  data[8];
} HvnVfioUserMultiWrite;

G_STATIC_ASSERT(sizeof(HvnVfioUserHeader) == 16);
G_STATIC_ASSERT(sizeof(HvnVfioUserDmaMap) == 32);
G_STATIC_ASSERT(sizeof(HvnVfioUserDmaUnmap) == 24);
G_STATIC_ASSERT(sizeof(HvnVfioUserRegionInfo) == 32);
G_STATIC_ASSERT(sizeof(HvnVfioUserIrqSet) == 20);
G_STATIC_ASSERT(sizeof(HvnVfioUserRegionAccess) == 16);
G_STATIC_ASSERT(sizeof(HvnVfioUserMultiWrite) == 24);

/**
 * hvn_vfio_user_size_of:
 * @head: the first bytes of a message
 * @len: how many there are
 *
 * For hvn_fd_channel_new().
 *
 * Returns: bytes of the whole message, 0 when @len is too few to tell, -1 when no message can begin so
 */
static inline gssize
hvn_vfio_user_size_of(const guint8 *head, gsize len)
{
    HvnVfioUserHeader header;

    if (len < sizeof header)
        return 0;
    memcpy(&header, head, sizeof header);
    return header.size < sizeof header ? -1 : (gssize)header.size;
}

G_END_DECLS
