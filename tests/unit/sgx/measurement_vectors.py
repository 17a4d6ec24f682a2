#!/usr/bin/env python3
"""Prints measurement_vectors.h: MRENCLAVE of small enclaves, computed with hashlib alone from the SDM's text."""
import hashlib
import struct


def page_bytes(seed):
    return bytes((seed + i * 7 + (i >> 8)) & 0xFF for i in range(4096))


def measure(ssa_pages, size, pages):
    h = hashlib.sha256()
    h.update(b"ECREATE\0" + struct.pack("<IQ", ssa_pages, size) + bytes(44))
    for offset, flags, seed, chunks in pages:
        h.update(b"EADD\0\0\0\0" + struct.pack("<QQ", offset, flags) + bytes(40))
        data = page_bytes(seed)
        for chunk in chunks:
            h.update(b"EEXTEND\0" + struct.pack("<Q", offset + chunk * 256) + bytes(48))
            h.update(data[chunk * 256:(chunk + 1) * 256])
    return h.hexdigest()


CASES = [
    ("kEmpty", 1, 1 << 44, []),
    ("kOneCodePage", 1, 1 << 44, [(0, 0x205, 3, range(16))]),
    ("kUnmeasuredPage", 2, 1 << 30, [(0x1000, 0x203, 9, [])]),
    ("kThreePages", 1, 1 << 44,
     [(0, 0x205, 1, range(16)), (0x1000, 0x203, 2, range(0, 16, 3)), (0x20017000, 0x100, 4, range(16))]),
]
print("// Made by measurement_vectors.py; do not edit.\n#pragma once\n\n#include <string_view>\n")
print("namespace occlum::sgx::vectors {\n")
for name, ssa, size, pages in CASES:
    print(f'inline constexpr std::string_view {name} =\n    "{measure(ssa, size, pages)}";')
print("\n}  // namespace occlum::sgx::vectors")
