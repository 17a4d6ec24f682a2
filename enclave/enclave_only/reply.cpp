#include "enclave/enclave_only/reply.h"

namespace occlum::enclave {

namespace {

bool known(u64 number) {
    if (number >= 1 && number <= 40) return true;
    switch (static_cast<Errno>(number)) {
        case Errno::Enodata:
        case Errno::Eoverflow:
        case Errno::Eopnotsupp:
        case Errno::Enobufs:
        case Errno::Etimedout:
        case Errno::Estale:
            return true;
        default:
            return false;
    }
}

}  // namespace

Result<u64> checked_reply(i64 result, u64 most) {
    if (result >= 0) {
        if (static_cast<u64>(result) > most) return err(Errno::Eio);
        return static_cast<u64>(result);
    }
    const u64 number = ~static_cast<u64>(result) + 1;
    if (!known(number)) return err(Errno::Eio);
    return err(static_cast<Errno>(number));
}

}  // namespace occlum::enclave
