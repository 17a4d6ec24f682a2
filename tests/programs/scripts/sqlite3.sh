#!/bin/bash
# packages: sqlite3
sqlite3 test.db <<'END'
.headers on
.mode column
create table people(id integer primary key, name text not null, age int check(age > 0));
insert into people(name, age) values('ann', 31), ('bob', 27), ('cid', 45);
select *, age > 30 as older from people order by age desc;
begin; delete from people; rollback;
select count(*) from people;
insert into people(name, age) values('bad', -1);
.mode json
select name, rank() over (order by age) as r from people;
.schema
END
echo "status $?"
sqlite3 test.db "create table n(x); with recursive c(i) as (select 1 union all select i+1 from c where i < 50000) insert into n select (i * 7919) % 50021 from c; create index ni on n(x); analyze; select sum(x), min(x), max(x), count(distinct x % 100) from n; vacuum; pragma integrity_check; pragma page_count;"
sqlite3 test.db "pragma journal_mode=wal; insert into n values(1); pragma wal_checkpoint; select count(*) from n where x between 10 and 200;" ; sqlite3 test.db .dump | sqlite3 copy.db; sqlite3 copy.db "select count(*) from n"; sqlite3 test.db ".backup b.db"; sqlite3 -csv b.db "select * from people" | tee p.csv; sqlite3 b.db ".mode csv" ".import p.csv imported" "select count(*) from imported"
for n in 1 2 3 4; do sqlite3 -cmd '.timeout 20000' test.db "begin immediate; insert into people(name, age) values('p$n', $n); commit;" & done; wait; sqlite3 test.db "select count(*) from people"; sqlite3 test.db "select * from nothing"; echo "status $?"; sqlite3 :memory: "select sqrt(2), json('[1, 2]'), hex(zeroblob(3)), date('2024-02-28', '+2 days'), printf('%.3f', 1.0/3), regexp('a.c', 'abc')"; sqlite3 test.db "create virtual table f using fts5(t); insert into f values('some words here'), ('others there'); select rowid from f where f match 'words'"; ls *.db
