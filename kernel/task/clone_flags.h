// Flags of clone(2).
#pragma once

#include "base/types.h"

namespace occlum::kernel {

enum CloneFlag : u64 {
    kCloneVm = 0x100,
    kCloneFs = 0x200,
    kCloneFiles = 0x400,
    kCloneSigHand = 0x800,
    kClonePidFd = 0x1000,
    kCloneVfork = 0x4000,
    kCloneParent = 0x8000,
    kCloneThread = 0x10000,
    kCloneSetTls = 0x80000,
    kCloneParentSetTid = 0x100000,
    kCloneChildClearTid = 0x200000,
    kCloneChildSetTid = 0x1000000,
    kCloneNewNs = 0x20000,
    kCloneNewUser = 0x10000000,
    kCloneSysVSem = 0x40000,
    kCloneDetached = 0x400000,
    kCloneNewAny = 0x7e020080,  ///< name spaces
    kCloneClearSigHand = u64{1} << 32,
    kCloneIntoCgroup = u64{1} << 33,
};

}  // namespace occlum::kernel
