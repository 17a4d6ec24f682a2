"""What the checks share: the tracked sources, the layers, and C++ text without comments and literals."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRUSTED = ["base", "sgx", "abi", "crypto", "storage", "enclave", "sfi", "kernel"]
HOST = ["host", "image", "cli"]
SOURCE_SUFFIXES = {".h", ".cpp", ".inl", ".inc", ".S", ".lds"}


def tracked():
    """Paths of all tracked files, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True).stdout.decode()
    return sorted(p for p in (pathlib.PurePosixPath(n) for n in listed.split("\0") if n) if (ROOT / p).is_file())


def sources(layers):
    return [p for p in tracked() if p.parts[0] in layers and p.suffix in SOURCE_SUFFIXES]


def in_enclave(path):
    return path.parts[0] in TRUSTED and "hosted" not in path.parts


def is_unsafe(path):
    return "unsafe" in path.parts


def read(path):
    return (ROOT / path).read_text(errors="replace")


def strip(text):
    """Blanks comments, strings and character literals; keeps line numbers."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: '""' + "\n" * m.group(0).count("\n"), text)


def report(name, findings):
    """Prints the findings and returns the process status."""
    for line in findings:
        print(line)
    print(f"{name}: {'ok' if not findings else str(len(findings)) + ' findings'}")
    return 1 if findings else 0
