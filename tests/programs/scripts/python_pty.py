#!/usr/bin/python3
# packages: python3 coreutils
import os, pty, sys, termios
pid, fd = pty.fork()
if pid == 0:
    print(os.isatty(0), os.ttyname(0).startswith("/dev/pts/"), os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpgrp(), flush=True)
    line = input("name? "); print("hello", line); sys.exit(9)
output = b""
while not output.endswith(b"name? "): output += os.read(fd, 1000)
os.write(fd, b"world\n")
while True:
    try:
        data = os.read(fd, 1000)
    except OSError:
        break
    if not data: break
    output += data
print(output, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
master, slave = os.openpty(); attributes = termios.tcgetattr(slave); attributes[3] &= ~(termios.ECHO | termios.ICANON); termios.tcsetattr(slave, termios.TCSANOW, attributes); os.write(master, b"raw"); print(os.read(slave, 10), os.isatty(slave)); print(pty.spawn(["sh", "-c", "test -t 1 && echo terminal; exit 3"]) >> 8)
