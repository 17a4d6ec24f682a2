"""Programs that keep data on a store and say what they have committed: for `crashes` and `power_loss`."""
import os
import shutil


class Sqlite:
    program = "/usr/bin/sqlite3"
    table = "create table t(id integer primary key, text); create index i on t(text);"
    start = ["/usr/bin/sqlite3", "/data/db", table]
    work = ["/usr/bin/sqlite3", "/data/db"]
    check = ["/usr/bin/sqlite3", "/data/db", "pragma integrity_check; select count(*) from t;"]

    @staticmethod
    def text(count):
        # Without "extra" the journal's removal, which is the commit, need not last.
        return "pragma synchronous=extra;\n" + "insert into t(text) values(hex(randomblob(200))); select max(id) from t;\n" * count

    @staticmethod
    def good(out, said):
        lines = out.split()
        return lines[:1] == ["ok"] and int(lines[1]) >= said


class SqliteWal(Sqlite):
    start = ["/usr/bin/sqlite3", "/data/db", f"pragma journal_mode=wal; {Sqlite.table}"]


class Git:
    # It syncs what it writes, but not the renames that make a commit.
    program = "/usr/bin/git"
    start = ["/bin/sh", "-c", "cd /data && git init -q && git config core.fsync all && git config core.fsyncMethod fsync && git config gc.auto 0"
             " && git config user.name n && git config user.email e"]
    work = ["/bin/sh", "-c", "cd /data; read count; n=$(git rev-list --count HEAD 2>/dev/null || echo 0); rm -f .git/*.lock .git/refs/heads/*.lock;"
            " end=$((n+count)); while [ $n -lt $end ]; do n=$((n+1)); echo $n > file$((n%5)); git add . && git commit -qm $n && sync && echo $n; done"]
    check = ["/bin/sh", "-c", "cd /data; git fsck --full --no-dangling 2>/dev/null && echo ok; git rev-list --count HEAD 2>/dev/null || echo 0"]

    @staticmethod
    def text(count):
        return f"{count}\n"

    @staticmethod
    def good(out, said):
        lines = out.split()
        return lines[:1] == ["ok"] and int(lines[-1]) >= said


class Layer:
    """Files of a read-only root are removed, changed, and moved in a store above it, in turn. Each change is whole or absent, and in order."""
    program = "/bin/busybox"
    files = 90
    start = ["/bin/busybox", "true"]
    work = ["/bin/busybox", "sh", "-c", "cd /d; read count; n=0; while [ $n -lt $count ]; do n=$((n+1));"
            " case $((n%3)) in 0) rm f$n;; 1) echo more >> f$n;; 2) mv f$n g$n;; esac; sync; echo $n; done"]
    check = ["/bin/busybox", "sh", "-c", "cd /d; grep -c . f* g* /dev/null 2>/dev/null; true"]

    @classmethod
    def make_root(cls, root):
        os.makedirs(f"{root}/bin")
        os.makedirs(f"{root}/d")
        shutil.copy(cls.program, f"{root}/bin/busybox")
        for n in range(1, cls.files + 1):
            with open(f"{root}/d/f{n}", "w") as file:
                file.write(f"{n}\n")

    @classmethod
    def text(cls, count):
        return f"{min(count, cls.files)}\n"

    @classmethod
    def good(cls, out, said):
        """The lines of each file say how far the changes went: as far as was said, or one further. An append is a copy-up and a write."""
        lines = dict(line.rsplit(":", 1) for line in out.split() if not line.startswith("/"))

        def after(done):
            expected = {}
            for n in range(1, cls.files + 1):
                if n > done:
                    expected[f"f{n}"] = "1"
                elif n % 3 == 1:
                    expected[f"f{n}"] = "2"
                elif n % 3 == 2:
                    expected[f"g{n}"] = "1"
            return expected

        lines.pop("g*", None)
        return lines in (after(said), after(said + 1))
