#!/usr/bin/env python3
"""extract_kernels.py ARCHIVE OBJCOPY NM FOLDER NAME...: takes NAME's objects out of libcrypto.a. All symbols get the prefix crypto_, so that
nothing meets a name of ours; the constants between and behind the functions of .text get a symbol crypto_tables, so that a linear
disassembly does not take them for code."""
import pathlib
import subprocess
import sys

archive, objcopy, nm, folder, *names = sys.argv[1:]
folder = pathlib.Path(folder)
folder.mkdir(parents=True, exist_ok=True)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


for name in names:
    (folder / "raw.o").write_bytes(subprocess.run(["ar", "p", archive, f"libcrypto-lib-{name}.o"], check=True, capture_output=True).stdout)
    functions = []
    for line in output(nm, "--print-size", "--defined-only", "--numeric-sort", str(folder / "raw.o")).splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "Tt":
            functions.append((int(words[0], 16), int(words[1], 16)))
    options, end = [], 0
    # A gap wider than the padding before a function holds constants.
    for start, size in functions + [(1 << 62, 0)]:
        if end and start - end >= 64:
            options += ["--add-symbol", f"crypto_tables_{name.replace('-', '_')}_{end:x}=.text:{end},global,hidden"]
        end = max(end, start + size)
    command = [objcopy, "--prefix-symbols=crypto_", "--remove-section=.eh_frame", str(folder / "raw.o"), str(folder / f"{name}.o")]
    subprocess.run(command, check=True)
    if options:
        subprocess.run([objcopy, *options, str(folder / f"{name}.o")], check=True)
(folder / "raw.o").unlink()
