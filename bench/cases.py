"""What bench/run measures: (name, command) for each row, by group."""
import pathlib
import subprocess

root = pathlib.Path(__file__).resolve().parent.parent
build, lua, scripts = root / "build", root / "bench/lua", root / "bench/programs"
guests = build / "bench/guests"
DATA = build / "bench/data"  # 6 MB of text and code
OBJECTS = build / "bench/objects"  # what parallel make makes


def guest(name, *arguments):
    return [str(guests / name), *arguments]


def spawn(count, command):
    """`count` runs of a program, one after the other, timed by their parent."""
    return guest("os_spawn", f"{count} {command}")


def script(interpreter, name):
    return [f"/usr/bin/{interpreter}", str(scripts / name)]


CC1 = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True).stdout.strip()
MAKE = f"/usr/bin/make -s -B -j2 -f {scripts}/parallel.mk DATA={build}/bench OUT={OBJECTS}"

GROUPS = {
    # Programs of our own, static, that time their own work.
    "CPU": [*((name, guest(f"cpu_{name}")) for name in ("fib", "sha256", "qsort", "matrix", "compress", "chase", "regex", "json")),
            *((f"lua {name}", guest("cpu_lua", str(lua / f"{name}.lua"))) for name in ("mixed", "fib", "nbody"))],
    # Debian's programs as they are: processor time of the whole run, the enclave's start included. About a second each.
    "Debian": [("gzip -9", ["/usr/bin/gzip", "-9c", *[str(DATA)] * 2]), ("bzip2 -9", ["/usr/bin/bzip2", "-9c", *[str(DATA)] * 2]),
               ("xz -6", ["/usr/bin/xz", "-6cT1", str(DATA)]), ("zstd -19", ["/usr/bin/zstd", "-19qc", "--single-thread", str(DATA)]),
               ("openssl sha256", ["/usr/bin/openssl", "dgst", "-sha256", *[str(DATA)] * 250]),
               ("lua5.4 mixed", ["/usr/bin/lua5.4", "-e", f"for n = 1, 12 do print(dofile('{lua / 'mixed.lua'}')) end"]),
               *((f"python3 {name}", script("python3", f"{name}.py")) for name in ("nbody", "objects", "text", "pidigits", "constraints")),
               ("perl text", script("perl", "text.pl")), ("sqlite3 mixed", ["/usr/bin/sqlite3", ":memory:", f".read {scripts / 'mixed.sql'}"]),
               ("gcc -O2 -c", ["/usr/bin/gcc", "-O2", "-c", "-o", "/dev/null", str(build / "bench/big.c")])],
    # One operation of the system.
    "system": [("getpid", guest("os_getpid")), ("fork+exit+wait", guest("os_fork")), ("fork 256 MiB, per MiB", guest("os_fork_large")),
               ("vfork+exec+wait", guest("os_exec", str(guests / "hello"))), ("pipe round trip", guest("os_pipe_latency")),
               ("socket round trip", guest("os_socket_latency")), ("futex round trip", guest("os_futex")),
               ("signal to oneself", guest("os_signal")), ("signal round trip", guest("os_signal_pair")),
               ("thread create+join", guest("os_thread")),
               *((f"pipe {size}, per MiB", guest("os_pipe_throughput", str(count))) for size, count in
                 (("4 KiB", 4096), ("64 KiB", 65536), ("1 MiB", 1 << 20)))],
    # Programs started again and again.
    "spawn": [("busybox", spawn(100, "/bin/busybox true")), ("/bin/true", spawn(200, "/bin/true")),
              ("cc1, empty file", spawn(20, f"{CC1} -quiet -o /dev/null /dev/null")), ("python3 -c pass", spawn(20, "/usr/bin/python3 -c pass")),
              ("shell pipelines", spawn(3, f"/bin/sh {scripts / 'pipelines.sh'}"))],
    # The first time in an enclave: nothing is translated yet.
    "first run": [("first bash -c true", spawn(1, "/bin/bash -c true")), ("first gcc --version", spawn(1, "/usr/bin/gcc --version")),
                  ("first python3 -c pass", spawn(1, "/usr/bin/python3 -c pass"))],
    "scaling": [("2 compute at once", guest("os_parallel")), ("make -j2", spawn(1, MAKE))],
    # From outside, the enclave's start and end included.
    "start": [("hello, to exit", guest("hello"))],
}


def make_inputs():
    """The same for every run on one machine."""
    if not DATA.exists():
        files = ["/usr/bin/perl", *sorted(str(path) for path in pathlib.Path("/usr/include").glob("*.h"))]
        DATA.write_bytes((b"".join(pathlib.Path(name).read_bytes() for name in files) * 4)[:6_000_000])
    functions = [f"""int f{n}(int *a, int n) {{ int s = {n}; for (int i = 0; i < n; i++) {{ if (a[i] % {n % 7 + 2} == 0) s += a[i] * {n};
        else s ^= a[i] << {n % 5}; switch (a[i] & 7) {{ case 1: s++; break; case 3: s *= 3; break; case 6: s -= a[(i * {n}) % n]; }} }} return s; }}"""
                 for n in range(1500)]
    (build / "bench/big.c").write_text("\n".join(functions) + "\n")
    for part in range(8):
        (build / f"bench/part{part}.c").write_text("\n".join(functions[part * 100:part * 100 + 100]) + "\n")
    OBJECTS.mkdir(exist_ok=True)
