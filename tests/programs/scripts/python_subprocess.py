#!/usr/bin/python3
# packages: python3 coreutils
import os, pty, select, selectors, shlex, signal, socket, subprocess, sys, time

run = subprocess.run
print(run(["echo", "hello"], capture_output=True, text=True).stdout, run("exit 3", shell=True).returncode, run(["sh", "-c", "kill -9 $$"]).returncode)
print(run(["tr", "a-z", "A-Z"], input="upper", capture_output=True, text=True).stdout, run(["cat"], input=b"x" * 300000, capture_output=True).stdout == b"x" * 300000)
for command in (["/no/such"], ["/etc/passwd"], ["/"]):
    try:
        run(command)
    except OSError as error:
        print(type(error).__name__, error.strerror)
try:
    run(["sleep", "9"], timeout=0.2)
except subprocess.TimeoutExpired as error:
    print("timeout", error.cmd)
first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE); second = subprocess.Popen(["sort", "-rn"], stdin=first.stdout, stdout=subprocess.PIPE); first.stdout.close()
print(second.communicate()[0].split()[:3], first.wait())
print(run(["sh", "-c", "echo out; echo err >&2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout, run(["env"], env={"ONLY": "this"}, capture_output=True).stdout, run(["pwd"], cwd="/usr", capture_output=True).stdout)
child = subprocess.Popen(["sleep", "100"], start_new_session=True); print(child.poll(), os.getsid(child.pid) == child.pid); child.terminate(); print(child.wait(5))
child = subprocess.Popen([sys.executable, "-c", "import signal,time\nsignal.signal(2, lambda *a: exit(7))\nprint('ready', flush=True)\ntime.sleep(20)"], stdout=subprocess.PIPE); child.stdout.readline(); child.send_signal(signal.SIGINT); print(child.wait(10))
r, w = os.pipe(); print(run(["sh", "-c", f"echo inherited >&{w}"], pass_fds=[w]).returncode, os.read(r, 50)); print(run(["sh", "-c", f"echo closed >&{w}"], stderr=subprocess.DEVNULL).returncode != 0)
print(run([sys.executable, "-c", "import os; print(os.getpgid(0) == os.getpid())"], process_group=0, capture_output=True).stdout, run(["sh", "-c", "umask"], umask=0o77, capture_output=True).stdout, run(["id", "-u"], user=65534, capture_output=True).stdout, run([sys.executable, "-c", "print(1)"], preexec_fn=lambda: os.nice(1), capture_output=True).stdout)
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 5"], os.environ); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
pid = os.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "exit $((6 * 7))"])
print(os.waitstatus_to_exitcode(os.wait4(pid, 0)[1]), os.system("exit 2") >> 8, os.popen("echo popen").read(), subprocess.getstatusoutput("echo x; exit 4"))
children = [subprocess.Popen([sys.executable, "-S", "-c", f"print({n} ** 2)"], stdout=subprocess.PIPE) for n in range(6)]; print([int(c.communicate()[0]) for c in children])
with selectors.DefaultSelector() as selector:
    procs = [subprocess.Popen(["sh", "-c", f"sleep 0.{n}; echo {n}"], stdout=subprocess.PIPE) for n in (5, 3, 1)]
    for p in procs: selector.register(p.stdout, selectors.EVENT_READ)
    seen = []
    while len(seen) < 3:
        for key, _ in selector.select(5):
            seen.append(key.fileobj.read()); selector.unregister(key.fileobj)
    print(seen, [p.wait() for p in procs])
a, b = socket.socketpair(); child = subprocess.Popen(["sh", "-c", "read x; echo got $x"], stdin=b, stdout=b); b.close(); a.sendall(b"line\n"); print(a.recv(100)); child.wait()
