"""A program in a real pseudo-terminal: type, wait for what it shows, resize."""
import fcntl, os, pty, re, select, signal, struct, termios, time


class Screen:
    def __init__(self, command, rows=24, columns=80, limit=30.0):
        self.limit = limit
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(command[0], command)
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode() if isinstance(text, str) else text)

    def _more(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0.0, deadline - time.time()))
        if not ready:
            return False
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            piece = b""
        self.text += piece
        return bool(piece)

    def expect(self, pattern, limit=None):
        """Waits for the pattern; what was shown up to its end is used up."""
        expression = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.S)
        deadline = time.time() + (limit or self.limit)
        while True:
            found = expression.search(self.text)
            if found:
                before, self.text = self.text[: found.start()], self.text[found.end():]
                return before, found
            if not self._more(deadline):
                raise AssertionError(f"waited for {pattern!r}, have {self.text[-2000:]!r}")

    def ends(self, limit=None):
        """Waits for the end; the exit status."""
        deadline = time.time() + (limit or self.limit)
        while self._more(deadline):
            pass
        while time.time() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        raise AssertionError(f"has not ended; shown: {self.text[-2000:]!r}")

    def settings(self):
        return termios.tcgetattr(self.fd)

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
