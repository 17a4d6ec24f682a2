// The dialect's second form: calls and returns in pairs. The places of RESTORE are what its safety rests on.
#pragma once

#include "tests/unit/sfi_verifier/unit_case.h"

namespace occlum::sfi::verifier {

// clang-format off
// Marks: T = mov %fs:TABLE,%r10; K = mov %rsp,%r10; S = mov %fs:CALL_STACK,%rsp; R = mov %r10,%rsp (RESTORE)
inline constexpr UnitCase kPairedAccepted[] = {
    {0, "DISPATCH", "644c8b1425100000004589db4f8d1cda4989e241ff23", {.tail = false, .paired = true}},  // T; mov %r11d,%r11d; lea (%r10,%r11,8),%r11; K; jmp *(%r11)
    {0, "DISPATCH with a call", "644c8b1425100000004589db4f8d1cda4989e264488b24255800000041ff13", {.tail = false, .paired = true}},  // ...; K; S; call *(%r11)
    {0, "DISPATCH with a return", "415b644c8b1425100000004589db4f8d1cda4989e264488b24255800000041ff33c3", {.tail = false, .paired = true}},  // pop %r11; ...; K; S; push (%r11); ret
    {0, "CALL to RESTORE behind it", "4989e264488b242558000000e8000000004c89d4", {.paired = true}},  // K; S; call 1f; 1: R
    {0, "CALL back to RESTORE", "4c89d44989e264488b242558000000e8ecffffff", {.tail = false, .paired = true, .landing = 0}},  // 1: R; K; S; call 1b
    {0, "CALL to a known landing", "4989e264488b242558000000e8ef0f0000", {.tail = false, .paired = true, .known_landing = 8192}},  // K; S; call .+4096
    {0, "RESTORE as a landing", "4c89d4", {.paired = true, .landing = 0}},  // R
    {0, "RESTORE behind a jump", "eb034c89d4", {.paired = true, .landing = 2}},  // jmp 1f; R; 1:
    {0, "body behind RESTORE", "4c89d4", {.entry = 3, .paired = true, .landing = 0}},  // R
    {0, "CALL after a push", "68785634124989e264488b242558000000e8000000004c89d4", {.paired = true}},  // push $0x12345678; K; S; call 1f; 1: R
};

inline constexpr UnitCase kPairedRefused[] = {
    // not outside of paired units
    {8, "paired DISPATCH in an unpaired unit", "644c8b1425100000004589db4f8d1cda4989e241ff23", {.tail = false}},
    {5, "CALL in an unpaired unit", "4989e264488b242558000000e8000000004c89d4"},
    {5, "RESTORE in an unpaired unit", "4c89d4"},
    {8, "unpaired DISPATCH in a paired unit", "644c8b1425100000004589db43ff24da", {.tail = false, .paired = true}},
    // RESTORE takes rsp from r10: nobody may come there with an r10 of his own
    {8, "control falls into RESTORE", "904c89d4", {.paired = true}},  // nop; R
    {8, "control falls into a landing", "904c89d4", {.paired = true, .landing = 1}},
    {8, "control falls into RESTORE behind a conditional jump", "74004c89d4", {.paired = true}},  // jz 1f; 1: R
    {8, "jump to RESTORE", "eb004c89d4", {.paired = true}},  // jmp 1f; 1: R
    {8, "jump to a landing", "eb004c89d4", {.paired = true, .landing = 2}},
    {8, "conditional jump to RESTORE", "7402ebfe4c89d4", {.paired = true}},  // jz 1f; jmp .; 1: R
    {8, "loop to RESTORE", "4c89d4e2fb", {.paired = true, .landing = 0}},  // 1: R; loop 1b
    {8, "RESTORE as a body", "4c89d4", {.entry = 0, .paired = true}},
    {8, "RESTORE as a body and a landing", "4c89d4", {.entry = 0, .paired = true, .landing = 0}},
    {8, "landing without RESTORE", "90", {.paired = true, .landing = 0}},  // nop
    {8, "landing in the middle of RESTORE", "4c89d4", {.paired = true, .landing = 1}},
    {8, "landing behind RESTORE", "4c89d490", {.paired = true, .landing = 3}},  // R; nop
    {9, "landing outside the unit", "4c89d4", {.paired = true, .landing = 5}},
    {8, "CALL to no RESTORE", "4989e264488b242558000000e80000000090", {.paired = true}},  // K; S; call 1f; 1: nop
    {8, "CALL behind RESTORE", "4989e264488b242558000000e8030000004c89d490", {.paired = true}},
    {8, "CALL into an immediate that looks like RESTORE", "4989e264488b242558000000e801000000b84c89d490", {.paired = true}},  // K; S; call .+1; mov $0x90d4894c,%eax
    {9, "CALL to a known body", "4989e264488b242558000000e8ef0f0000", {.tail = false, .known = 8192, .paired = true}},
    {9, "CALL to no known landing", "4989e264488b242558000000e8ef0f0000", {.tail = false, .paired = true}},
    {9, "CALL to a stub", "4989e264488b242558000000e8efefffff", {.tail = false, .paired = true}},
    {9, "CALL to the MISS landing", "4989e264488b242558000000e83ff0ffff", {.tail = false, .paired = true, .known_landing = 80}},
    {9, "CALL out of the cache", "4989e264488b242558000000e800000080", {.tail = false, .paired = true}},
    {9, "linked CALL straddles a line", "4989e264488b242558000000e8ef0f0000", {.tail = false, .at = 4096 + 48, .paired = true, .known_landing = 8192 + 48}},
    {9, "jump to a known landing", "e9fb0f0000", {.tail = false, .paired = true, .known_landing = 8192}},
    // rsp is not copied, and the call stack not taken, in any other way
    {5, "rsp in r10 alone", "4989e2", {.paired = true}},
    {5, "rsp in r11", "4989e364488b242558000000e8000000004c89d4", {.paired = true}},
    {5, "rsp in r10, the other encoding", "4c8bd464488b242558000000e8000000004c89d4", {.paired = true}},
    {5, "r11 in rsp", "4c89dc", {.paired = true, .landing = 0}},
    {5, "RESTORE of 32 bits", "4489d4", {.paired = true, .landing = 0}},
    {5, "RESTORE with another REX bit", "4e89d4", {.paired = true, .landing = 0}},
    {5, "RESTORE, the other encoding", "498be2", {.paired = true, .landing = 0}},
    {4, "call stack taken alone", "64488b242558000000", {.paired = true}},
    {4, "call stack in rax", "64488b042558000000", {.paired = true}},
    {4, "store to the call stack's slot", "644889042558000000", {.paired = true}},
    {5, "CALL with another slot", "4989e264488b242508000000e8000000004c89d4", {.paired = true}},
    {5, "CALL with an instruction between", "4989e29064488b242558000000e8000000004c89d4", {.paired = true}},
    {8, "CALL with a jump", "4989e264488b242558000000e9000000004c89d4", {.paired = true}},
    {8, "CALL cut by the end", "4989e264488b242558000000e8000000", {.tail = false, .paired = true}},
    {8, "CALL without its call", "4989e264488b242558000000", {.paired = true}},
    {3, "call alone", "e800000000", {.paired = true}},
    {3, "return alone", "c3", {.paired = true}},
    {3, "indirect call alone", "41ff13", {.paired = true}},
    {4, "push of a table entry alone", "41ff33", {.paired = true}},
    {8, "jump through r11 alone", "41ff23", {.paired = true}},
    // DISPATCH
    {8, "DISPATCH without truncation", "644c8b1425100000004f8d1cda4989e241ff23", {.tail = false, .paired = true}},
    {8, "DISPATCH with another scale", "644c8b1425100000004589db4f8d1c9a4989e241ff23", {.tail = false, .paired = true}},
    {8, "DISPATCH without the copy of rsp", "644c8b1425100000004589db4f8d1cda41ff23", {.tail = false, .paired = true}},
    {8, "DISPATCH with a call on the guest's stack", "644c8b1425100000004589db4f8d1cda4989e241ff13", {.tail = false, .paired = true}},
    {8, "DISPATCH with a return on the guest's stack", "644c8b1425100000004589db4f8d1cda4989e241ff33c3", {.tail = false, .paired = true}},
    {8, "DISPATCH with a push and no return", "644c8b1425100000004589db4f8d1cda4989e264488b24255800000041ff33", {.paired = true}},
    {8, "DISPATCH returns without a push", "644c8b1425100000004589db4f8d1cda4989e264488b242558000000c3", {.tail = false, .paired = true}},
    {8, "DISPATCH with a change of r11", "644c8b1425100000004589db4f8d1cda4d8d5b084989e241ff23", {.tail = false, .paired = true}},
    {8, "DISPATCH with a change of r10", "644c8b1425100000004589db4f8d1cda4989e24d8d520841ff23", {.tail = false, .paired = true}},
    {6, "DISPATCH with a moved rsp", "4881ec00000100644c8b1425100000004589db4f8d1cda4989e241ff23", {.tail = false, .paired = true}},
    {6, "CALL with a moved rsp", "4881ec000001004989e264488b242558000000e8000000004c89d4", {.paired = true}},
    // R10
    {10, "body in CALL", "4989e264488b242558000000e8000000004c89d4", {.entry = 3, .paired = true}},
    {10, "jump to the call of CALL", "740c4989e264488b242558000000e8000000004c89d4", {.paired = true}},
    {10, "jump to the push of DISPATCH", "741e415b644c8b1425100000004589db4f8d1cda4989e264488b24255800000041ff33c3", {.tail = false, .paired = true}},
    {9, "jump to the return of DISPATCH", "7421415b644c8b1425100000004589db4f8d1cda4989e264488b24255800000041ff33c3", {.tail = false, .paired = true}},
};
// clang-format on

}  // namespace occlum::sfi::verifier
