// Pending signals, signal sets, wait status words.
#include <gtest/gtest.h>

#include "kernel/signal/queue.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

SigInfo info(int signal, u64 value = 0) { return SigInfo::from_process(signal, kSiQueue, 1, 0, value); }
constexpr u64 kMany = 1000;
constexpr u32 kUser = 7;

TEST(SignalQueue, StandardSignalsAreKeptOnce) {
    SignalQueue queue;
    EXPECT_TRUE(queue.add(info(kSigUsr1, 1), kUser, kMany));
    EXPECT_TRUE(queue.add(info(kSigUsr1, 2), kUser, kMany));
    const auto first = queue.take(SigSet());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->words[1], 1u);
    EXPECT_FALSE(queue.take(SigSet()));
    EXPECT_TRUE(queue.set().empty());
}

TEST(SignalQueue, RealTimeSignalsQueueInOrder) {
    SignalQueue queue;
    for (u64 value = 0; value < 3; ++value) EXPECT_TRUE(queue.add(info(kSigRtMin + 1, value), kUser, kMany));
    EXPECT_TRUE(queue.add(info(kSigRtMin, 9), kUser, kMany));
    EXPECT_EQ(queue.take(SigSet())->signal, kSigRtMin);
    for (u64 value = 0; value < 3; ++value) EXPECT_EQ(queue.take(SigSet())->words[1], value);
    EXPECT_FALSE(queue.take(SigSet()));
}

TEST(SignalQueue, FaultsComeFirst) {
    SignalQueue queue;
    queue.add(info(kSigHup), kUser, kMany);
    queue.add(info(kSigSegv), kUser, kMany);
    EXPECT_EQ(queue.take(SigSet())->signal, kSigSegv);
    EXPECT_EQ(queue.take(SigSet())->signal, kSigHup);
}

TEST(SignalQueue, BlockedSignalsStay) {
    SignalQueue queue;
    queue.add(info(kSigTerm), kUser, kMany);
    EXPECT_FALSE(queue.take(SigSet::of(kSigTerm)));
    EXPECT_TRUE(queue.set().has(kSigTerm));
    EXPECT_TRUE(queue.take(SigSet()));
}

TEST(SignalQueue, TheLimitHoldsForRealTimeSignals) {
    SignalQueue queue;
    EXPECT_TRUE(queue.add(info(kSigRtMin), kUser, 1));
    EXPECT_FALSE(queue.add(info(kSigRtMin), kUser, 1));
    EXPECT_TRUE(queue.add(info(kSigTerm), kUser, 1));
}

TEST(SignalQueue, RemovedSignalsAreGone) {
    SignalQueue queue;
    queue.add(info(kSigTstp), kUser, kMany);
    queue.add(info(kSigTerm), kUser, kMany);
    queue.remove(kStopSignals);
    EXPECT_EQ(queue.set(), SigSet::of(kSigTerm));
}

TEST(ExitReason, WaitWords) {
    EXPECT_EQ((ExitReason{kCldExited, 3}.wait_word()), 0x300u);
    EXPECT_EQ((ExitReason{kCldExited, 0x1ff}.wait_word()), 0xff00u);
    EXPECT_EQ((ExitReason{kCldKilled, kSigKill}.wait_word()), 9u);
    EXPECT_EQ((ExitReason{kCldDumped, kSigSegv}.wait_word()), 0x8bu);
    EXPECT_EQ((ExitReason{kCldStopped, kSigStop}.wait_word()), 0x137fu);
    EXPECT_EQ((ExitReason{kCldContinued, kSigCont}.wait_word()), 0xffffu);
}

}  // namespace
}  // namespace occlum::kernel
