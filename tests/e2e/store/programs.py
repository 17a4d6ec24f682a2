"""Programs that keep data on a store and say what they have committed: for `crashes` and `power_loss`."""


class Sqlite:
    program = "/usr/bin/sqlite3"
    journal = "delete"
    start = ["/usr/bin/sqlite3", "/data/db", "create table t(id integer primary key, text); create index i on t(text);"]
    work = ["/usr/bin/sqlite3", "/data/db"]
    check = ["/usr/bin/sqlite3", "/data/db", "pragma integrity_check; select count(*) from t;"]

    @classmethod
    def text(cls, count):
        # Without "extra" the journal's removal, which is the commit, need not last.
        return (f"pragma journal_mode={cls.journal};\npragma synchronous=extra;\n" +
                "insert into t(text) values(hex(randomblob(200))); select max(id) from t;\n" * count)

    @staticmethod
    def good(out, said):
        lines = out.split()
        return lines[:1] == ["ok"] and int(lines[1]) >= said


class SqliteWal(Sqlite):
    journal = "wal"


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
