#!/usr/bin/env python3
"""Disassembles an enclave image linearly and refuses opcodes that enclave code must not hold.

Usage: check_opcodes.py IMAGE...
"""
import re
import subprocess
import sys

UD = "raises #UD in enclave mode (SDM vol. 3D, 36.6.1, illegal instructions)"
GP = "raises #GP or #UD in enclave mode at ring 3"
CONTROL = "would leave the enclave without EEXIT; #UD in enclave mode"
SEGMENT = "changes a segment register; #UD in enclave mode"

# Regular expressions over whole mnemonics.
FORBIDDEN = [
    (r"cpuid|getsec|rdpmc|sgdt|sidt|sldt|str|smsw|vmcall|vmfunc|vmmcall", UD),
    (r"syscall|sysenter|sysret[lq]?|sysexit[lq]?|int|int1|into|iret[lqw]?|ljmp[lqw]?|lcall[lqw]?|lret[lqw]?|rex\.w lret", CONTROL),
    (r"in[bwl]?|out[bwl]?|ins[bwl]|outs[bwl]", "I/O; #UD in enclave mode"),
    (r"lds|les|lss|lfs|lgs", SEGMENT),
    (r"hlt|cli|sti|clts|invd|wbinvd|invlpg|lgdt|lidt|lldt|ltr|lmsw|rdmsr|wrmsr|swapgs|encls|enclv|xsetbv|invpcid|monitor|mwait", GP),
    (r"xbegin|xabort|xend", "transactions hide faults from the exception handler"),
    (r"wrfsbase[lq]?", "the runtime finds its thread by fs.base"),
    (r"wrpkru|rdpkru", "protection keys are not part of the enclave's contract"),
    (r"enqcmds?|movdir64b|movdiri|clzero", "writes past what the checker knows"),
    (r"rdtscp|rdpid", "gives the host CPU's number, which nothing may depend on"),
]
PATTERN = [(re.compile(f"(?:{expression})$"), reason) for expression, reason in FORBIDDEN]
VECTOR = re.compile(r"%([xyz]?mm\d+|k[1-7]|st\b)")
X87 = re.compile(r"f(?!(xsave|xrstor|n?save|ldcw|n?stcw|ldenv|n?stenv|ninit)(s|64)?$)\w+$")  # what computes; the others keep the state
SEGMENT_WRITE = re.compile(r"mov[wlq]?\s+.*,%[cdefgs]s$|pop[wlq]?\s+%[fgds]s")
# Functions that may name vector registers, and why.
FENCED = [
    (r"probe_vectors", "the test image's check that host calls keep them"),
    (r"vector_|fenced_|crypto_", "saves and restores the guest's around itself"),
]
FENCED_PATTERN = [re.compile(expression) for expression, _ in FENCED]
MOST_SITES = 12


def lines_of(image):
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--wide", image]
    if subprocess.run(["objdump", "--version"], capture_output=True, check=False).returncode != 0:
        sys.exit("objdump is missing")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield from process.stdout
    if process.wait() != 0:
        sys.exit(f"{image}: cannot be disassembled")


def check(image):
    problems, sites, instructions, function, after_enclu = [], 0, 0, "?", False
    for line in lines_of(image):
        if line.endswith(">:\n"):
            function = line[line.index("<") + 1:-3]
            continue
        # Constants that libcrypto keeps among its code (cmake/extract_kernels.py names them): no symbol leads there.
        if ":\t" not in line or function.startswith("crypto_tables_"):
            continue
        address, text = line.strip().split(":\t", 1)
        instructions += 1
        text = re.sub(r"\s*[#<].*", "", text).strip()
        words = text.split()
        while len(words) > 1 and words[0] in ("lock", "rep", "repz", "repnz", "bnd", "notrack", "cs", "data16"):
            words = words[1:]
        mnemonic = words[0] if words else ""
        where = f"{address} in {function}: {text}"
        if after_enclu and not text.startswith("nopl"):
            problems.append((where, "stands behind ENCLU, where the four-byte nop belongs"))
        after_enclu = mnemonic == "enclu"
        sites += after_enclu
        if mnemonic == "(bad)" or mnemonic.startswith(".byte"):
            problems.append((where, "is not an instruction"))
        for pattern, reason in PATTERN:
            if pattern.match(mnemonic):
                problems.append((where, reason))
        if SEGMENT_WRITE.search(text):
            problems.append((where, SEGMENT))
        if (VECTOR.search(text) or X87.match(mnemonic)) and not any(fence.search(function) for fence in FENCED_PATTERN):
            problems.append((where, "uses a guest's vector or x87 register outside fenced code"))
    if sites == 0 or sites > MOST_SITES:
        problems.append((f"{sites} ENCLU sites", f"expected 1 to {MOST_SITES}"))
    for where, reason in problems[:40]:
        print(f"{image}: {where}\n    {reason}")
    print(f"{image}: {instructions} instructions, {sites} ENCLU sites, {len(problems)} problems")
    return not problems


if __name__ == "__main__":
    sys.exit(0 if len(sys.argv) > 1 and all([check(image) for image in sys.argv[1:]]) else 1)
