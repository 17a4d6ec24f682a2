// O_ASYNC: a signal to a file's owner whenever something can be read from it or written to it.
#pragma once

#include "kernel/fs/poll_wait.h"

namespace occlum::kernel {

class AsyncSignal final : public WaitObserver {
public:
    AsyncSignal(OpenFile& file, int fd) : file_(file), fd_(fd) { follow(); }
    /// The file may have other queues now.
    void follow() { static_cast<void>(queues_.poll(file_, *this)); }
    void queue_woken() override;

private:
    OpenFile& file_;
    int fd_;
    QueueObservation queues_;
};

}  // namespace occlum::kernel
