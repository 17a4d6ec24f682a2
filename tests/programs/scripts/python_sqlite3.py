#!/usr/bin/python3
# packages: python3
import os, sqlite3, subprocess, sys, threading
db = sqlite3.connect("test.db", timeout=30); db.execute("pragma journal_mode=wal").fetchone(); db.executescript("create table t(id integer primary key, name text unique, n real); create index i on t(n);")
with db: db.executemany("insert into t(name, n) values(?, ?)", ((f"name{n}", n * 1.5) for n in range(5000)))
print(db.execute("select count(*), sum(n), max(name) from t where n between 100 and 2000").fetchone(), db.execute("explain query plan select * from t where n = 3").fetchall()[0][3])
try:
    with db: db.execute("insert into t(name) values('new')"); db.execute("insert into t(name) values('name1')")
except sqlite3.IntegrityError as error: print(error, db.execute("select count(*) from t where name = 'new'").fetchone())
db.create_function("twice", 1, lambda x: 2 * x); print(db.execute("select twice(n) from t where id = 3").fetchone(), db.execute("with recursive c(x) as (select 1 union all select x + 1 from c where x < 20) select group_concat(x) from c").fetchone(), db.execute("select json_extract('{\"a\":[1,2]}', '$.a[1]'), upper('x'), strftime('%Y', 0, 'unixepoch')").fetchone())
def writer(n):
    own = sqlite3.connect("test.db", timeout=30)
    for k in range(20):
        with own: own.execute("insert into t(name, n) values(?, ?)", (f"thread{n}-{k}", n))
    own.close()
threads = [threading.Thread(target=writer, args=(n,)) for n in range(3)]; [t.start() for t in threads]; [t.join() for t in threads]
code = "import sqlite3,sys\nd = sqlite3.connect('test.db', timeout=30)\nfor k in range(20):\n with d: d.execute('insert into t(name) values(?)', (sys.argv[1] + str(k),))"
children = [subprocess.Popen([sys.executable, "-c", code, f"process{n}-"]) for n in range(3)]; print([c.wait() for c in children], db.execute("select count(*) from t").fetchone(), db.execute("pragma integrity_check").fetchone())
copy = sqlite3.connect("copy.db"); db.backup(copy); copy.close(); db.close(); print(sorted(f for f in os.listdir(".") if not f.endswith(("-shm", "-wal"))), sqlite3.connect("copy.db").execute("select count(*) from t").fetchone()); memory = sqlite3.connect(":memory:"); memory.execute("create virtual table f using fts5(body)"); memory.execute("insert into f values('the quick brown fox'), ('lazy dog')"); print(memory.execute("select body from f where f match 'quick'").fetchall())
