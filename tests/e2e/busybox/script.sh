# Exercises busybox's shell and applets; run in an empty, writable folder. All output is deterministic, so that a run in the
# enclave can be compared with one on Linux, line by line. Usage: busybox sh script.sh
umask 022
export LC_ALL=C TZ=UTC
section() { echo "== $*"; }
status() { "$@"; echo "status $?"; }
mkdir bin && busybox --install -s "$PWD/bin" && PATH=$PWD/bin && export PATH
top=$PWD

section text tools
seq 1 20 > numbers
head -n 3 numbers; tail -n 2 numbers; tail -n +18 numbers; head -c 5 numbers; echo
tac numbers | head -n 2
printf '%s\n' pear apple fig apple cherry fig apple > fruit
sort fruit; sort -u fruit; sort -r fruit | head -n 1
sort fruit | uniq -c | sort -k1,1nr -k2
sort fruit | uniq -d; sort fruit | uniq -u
cut -c 1-3 fruit; printf 'a:b:c\nd:e:f\n' | cut -d : -f 2,3
tr a-z A-Z < fruit; tr -d aeiou < fruit; echo aaabbbccc | tr -s a-c; echo hello | tr -c 'a-y\n' _
rev fruit; nl fruit; wc fruit; wc -l < numbers; wc -c numbers
paste numbers fruit | head -n 3; paste -s -d , numbers
fold -w 10 < numbers | tail -n 1; printf 'the quick brown fox jumps over\n' | fold -s -w 12
expand < /dev/null; printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand | od -c
printf 'one two three\n' | tee copy1 copy2 > /dev/null; cat copy1 copy2
printf 'x\r\n' | dos2unix | od -An -c; printf 'y\n' | unix2dos | od -An -c
echo hello world | hexdump -C; printf '\001\002\377' | od -An -tx1; printf 'ABCDEFGH' | od -An -td4
printf 'hello' | xxd; echo 48656c6c6f | xxd -r -p; echo
shuf -i 1-50 | sort -n | md5sum
strings -n 4 numbers | head -n 1; printf 'abc\000longer text\000' | strings
cat -n fruit | head -n 2; cat -A copy1; echo end

section sums
dd if=/dev/zero bs=1024 count=4096 2>/dev/null | sha256sum
seq 1 200000 | sha256sum; seq 1 100000 | md5sum; seq 1 100000 | sha1sum; seq 1 50000 | sha512sum; seq 1 10000 | sha3sum
seq 1 1000 | crc32 2>/dev/null || seq 1 1000 | cksum 2>/dev/null; echo
seq 1 10 > list; sha256sum list > list.sum; sha256sum -c list.sum; echo x >> list; sha256sum -c list.sum 2>/dev/null; echo "status $?"

section encodings
seq 1 30 | base64; seq 1 30 | base64 | base64 -d | tail -n 1
seq 1 100 | uuencode name > uu && uudecode -o uu.out uu && tail -n 1 uu.out

section compression
seq 1 30000 > plain
gzip -c plain > plain.gz; gunzip -c plain.gz | cmp - plain && echo gzip same
gzip -9 < plain | zcat | md5sum
bzip2 -c plain > plain.bz2; bunzip2 -c plain.bz2 | cmp - plain && echo bzip2 same; bzcat plain.bz2 | tail -n 1
printf 'not compressed' | gunzip > /dev/null 2>&1; echo "status $?"

section archives
mkdir -p tree/a/b tree/c; for i in 1 2 3; do seq $i 100 > tree/a/file$i; done; ln -s ../a/file1 tree/c/link; echo deep > tree/a/b/deep; chmod 640 tree/a/file2
tar -cf tree.tar tree; tar -tf tree.tar | sort; mkdir out; tar -xf tree.tar -C out; find out | sort; diff -r tree out/tree && echo same tree
tar -czf tree.tgz tree && tar -xzOf tree.tgz tree/a/b/deep; readlink out/tree/c/link; stat -c '%a %s %F %N' out/tree/a/file2
find tree -type f | sort | cpio -o -H newc 2>/dev/null > tree.cpio; mkdir cpio; (cd cpio && cpio -id 2>/dev/null < ../tree.cpio && find . -type f | sort)

section find and xargs
find tree -name 'file*' | sort; find tree -type d | sort; find tree -type l; find tree -name deep -exec cat {} \;
find tree -size +0 -type f -print0 | xargs -0 ls -1 | sort; find tree -maxdepth 1 | sort; touch -d '2001-01-01' old; find tree ! -newer old; find tree -newer old -name b
find tree -type f | sort | xargs -n 2 echo; printf 'a b\nc\n' | xargs -I {} echo '<{}>'; seq 1 5 | xargs -n 1 -P 3 sh -c 'exit 0'; echo "status $?"
find tree -perm 640; find tree \( -name 'file1' -o -name 'file3' \) -print | sort; printf 'x y' | xargs -t echo 2>&1

section grep, sed, awk
grep -n ap fruit; grep -c ap fruit; grep -v ap fruit; grep -i APPLE fruit | wc -l; grep -o 'p*' fruit | sort | uniq -c; grep -q nothing fruit; echo "status $?"
grep -r deep tree; grep -E '^(fig|pear)$' fruit; grep -F 'a' -m 1 fruit; grep -w fig fruit; egrep 'a.*e' fruit; fgrep fig fruit; grep -l deep -r tree
sed 's/p/P/g' fruit; sed -n '2,3p' fruit; sed '/apple/d' fruit; sed -e '1i\' -e top fruit | head -n 2; sed '$!N;s/\n/+/' fruit; sed = list | sed 'N;s/\n/ /' | head -n 2
sed -E 's/(.)(.*)/\2\1/' fruit; echo abc | sed 'y/abc/xyz/'; sed -i 's/fig/FIG/' fruit; cat fruit; echo 'a b c' | sed 's/[^ ]*/<&>/2'
sed ':a;s/^\([0-9]\{1,3\}\)$/0\1/;ta' list | tail -n 2; printf '1\n2\n3\n' | sed -n 'H;${x;s/\n/,/g;p}'
awk '{ s += $1 } END { print s, NR }' numbers; awk -F : '{ print $2 }' /dev/null; awk 'BEGIN { for (i = 0; i < 5; i++) a[i] = i * i; for (i = 0; i < 5; i++) printf "%d ", a[i]; print "" }'
awk 'BEGIN { printf "%.6f %.3e %g %x %c %s\n", 3.14159265, 12345.678, 0.0001, 255, 65, "s" }'; awk 'BEGIN { print length("hello"), substr("hello", 2, 3), index("hello", "l"), toupper("x"), tolower("ABC"), int(-3.7), 7 / 2, 1e3 + 0.5 }'
awk 'BEGIN { n = split("a,b,c", p, ","); print n, p[3]; s = "foo"; gsub(/o/, "0", s); print s; print match("xxabc", /abc/), RSTART, RLENGTH; print 7 % 3, -7 % 3 }'
awk 'function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } BEGIN { print fact(10), fact(20) }'; awk '$1 % 5 == 0 { print NR ": " $0 }' numbers
awk 'BEGIN { "echo from pipe" | getline x; print x; print "b\na" | "sort"; close("sort"); system("echo system; exit 3") }'
awk 'BEGIN { while ((getline line < "fruit") > 0) n++; print n; exit 7 }'; echo "status $?"

section arithmetic
expr 6 \* 7; expr length hello; expr hello : 'h\(.*\)o'; expr 5 \> 3; expr 1 / 0 2>&1; echo "status $?"
echo $((1 << 20)) $((0x1f)) $((-7 / 2)) $((-7 % 3)) $((1 ? 2 : 3)) $((~5)) $((5 & 3 | 8 ^ 1)) $((2147483647 + 1)) $((9223372036854775807 + 1))
i=0; i=$((i += 5)); echo $i $((i++)) $i $((--i)); factor 97 360 1000003 600851475143; seq 10 -3 0; seq -w 8 11; seq 0.5 0.5 2
echo '2 3 + p 4 * p' | dc; echo '2 k 7 3 / p' | dc; echo '7 * 6; 2 ^ 64; scale=10; 1 / 3; s(1)' | bc -l; printf 'define f(n) {\n if (n < 2) return n\n return f(n-1) + f(n-2)\n}\nf(15)\n' | bc

section printf and test
printf '%5d|%-5d|%05d|%x|%o|%c|%s|%10.3s|%e\n' 42 42 42 255 8 xyz str abcdef 1.5; printf '%b\n' 'tab\there'; printf '%s-%s\n' a b c d; printf '%d\n' 0x10 010 "'A"
test -d tree && echo dir; test -f numbers && echo file; test -L tree/c/link && echo link; [ -s numbers ] && echo size; [ -e nowhere ]; echo $?; [ a \< b ] && echo less; [ 3 -gt 2 -a 2 -lt 5 ] && echo and
touch -d '2002-01-01' old; [ old -ot list ] && echo older; [ list -nt old ] && echo newer; [ -x bin/sh ] && echo exec; [ -z "" ] && [ -n x ] && echo strings; [[ abc == a* ]] && echo glob; true && ! false && echo logic

section files
mkdir -p d/e/f; rmdir d/e/f; rmdir d 2>/dev/null; echo "status $?"; touch t1; touch -d '2020-02-03 04:05:06' t1; stat -c '%Y %y %n' t1; date -u -r t1 '+%Y-%m-%d %H:%M:%S'
date -u -d @86400 '+%a %b %e %T %Z %Y %j'; date -u -d '2024-02-29 12:00' +%s; cal 2 2024
cp numbers n2; cmp numbers n2 && echo same; cp -r tree tree2; rm -r tree2/a; find tree2 | sort; mv n2 n3; ls n2 2>/dev/null; echo "status $?"; ls n3; mv n3 d/; ls d
ln numbers hard; stat -c '%h' numbers; rm hard; stat -c '%h' numbers; ln -s nowhere broken; ls broken; cat broken 2>&1; readlink broken; ln -sf numbers broken; head -n 1 broken; readlink -f broken | sed "s#$top##"; realpath ./d/../numbers | sed "s#$top##"
chmod 600 numbers; stat -c '%a %A' numbers; chmod u+x,go=r numbers; stat -c '%a %A' numbers; chmod -R a-w d; stat -c %a d/n3; chmod -R u+w d
ls -1 tree; ls -1R tree; ls -1a tree | head -n 2; ls -1S tree/a/file* | tail -n 1; ls -p tree; ls -ld tree | cut -c 1-10; du -s tree > /dev/null && echo du
basename /a/b/c.txt .txt; dirname /a/b/c.txt; which sed | sed "s#$top##"; truncate -s 10 sparse; stat -c %s sparse; truncate -s 100000 sparse; tail -c 3 sparse | od -An -tx1; fallocate -l 5000 alloc 2>/dev/null; stat -c %s alloc
mktemp -d tmp.XXXXXX | wc -c; mkfifo pipe; (echo through fifo > pipe &) ; cat pipe; stat -c %F pipe; unlink pipe; test -e pipe; echo $?; shred -u -n 1 t1 2>/dev/null; test -e t1; echo $?; sync
dd if=numbers of=part bs=1 skip=3 count=6 2>/dev/null; cat part; echo; dd if=/dev/zero of=sparse bs=1 count=1 seek=5000 conv=notrunc 2>/dev/null; stat -c %s sparse; dd if=numbers bs=10 count=2 2>&1 | tail -n 3 | head -n 2; dd if=numbers conv=ucase 2>/dev/null | head -n 1
rm -f nowhere; rm nowhere 2>/dev/null; echo "status $?"; rm -rf d; test -e d; echo $?

section differences
seq 1 10 > left; seq 2 11 > right; diff left right; echo "status $?"; diff -u left right | tail -n +3; diff -q left right; diff -u left right > change; cp left patched; patch patched < change; cmp patched right && echo patched
cmp left right; echo "status $?"; cmp -s left left; echo $?

section shell language
add() { local x=$1; shift; [ $# -gt 0 ] && x=$((x + $(add "$@"))); echo $x; }; add 1 2 3 4; f() { return 7; }; f; echo $?
set -- a 'b c' d; for x in "$@"; do echo "<$x>"; done; for x in $*; do echo "[$x]"; done; shift 2; echo $# $1; x=; echo ${x:-default} ${x:+set} ${#top} > /dev/null
v=path/to/file.tar.gz; echo ${v##*/} ${v%%.*} ${v#*/} ${v%.gz} ${#v} ${v/to/TO} ${v//a/A} ${v:5:2}; unset v; echo ${v-unset} ${v:=assigned} $v
case hello in h*o) echo case h;; *) echo other;; esac; case 5 in [0-4]) echo low;; [5-9]) echo high;; esac; case x in a|x) echo either;; esac
while read -r a b; do echo "$b-$a"; done <<END
1 one
2 two $((1 + 1)) $(echo sub)
END
cat <<'END'
no $expansion here
END
cat <<-END
	tabs stripped
	END
n=0; until [ $n -ge 3 ]; do n=$((n + 1)); [ $n = 2 ] && continue; echo n $n; done; for i in 1 2 3 4; do [ $i = 3 ] && break; echo $i; done
echo *.sum tree*; echo "a  b" a  b 'single $x' "double \$x" \\; IFS=:; set -- $(echo a:b:c); unset IFS; echo $2; eval 'echo eval $((2 * 3))'; echo {1,2} ~ > /dev/null
(cd tree && pwd | sed "s#$top##"; x=changed); echo "x=$x"; { echo group; echo of two; } | cat; echo out; echo err >&2; echo both 2>&1; exec 3> fd3; echo three >&3; exec 3>&-; cat fd3; exec 4< numbers; read first <&4; read second <&4; echo $first $second; exec 4<&-
echo $(echo nested $(echo deeper)) `echo old`; set -e; (set +e; false; echo after false); set +e; sh -c 'set -u; echo $undefined' 2>/dev/null; echo "status $?"; sh -c 'exit 42'; echo "status $?"; nosuchcommand 2>/dev/null; echo "status $?"; ./numbers.missing 2>/dev/null; echo "status $?"
alias hi='echo hi there'; eval hi; type cd; command -v f; readonly ro=1; (ro=2) 2>/dev/null; echo "status $?"; getopts ab: o -a -b val; echo $o; getopts ab: o -a -b val; echo $o $OPTARG; let y=3*4; echo $y; set -f; echo *; set +f
printf '#!/bin/busybox sh\necho script "$0" "$@" | sed "s#.*/##"\nexit 5\n' > own; chmod +x own; ./own a b; echo "status $?"; printf 'echo no interpreter line\n' > own2; chmod +x own2; ./own2; chmod -x own2

section signals and jobs
trap 'echo trapped USR1' USR1; kill -USR1 $$; trap 'echo exit of subshell' EXIT; (trap 'echo inner exit' EXIT; exit 3); echo "status $?"; trap - EXIT
sleep 5 & pid=$!; kill $pid; wait $pid; echo "status $?"; sleep 5 & kill -9 $!; wait $!; echo "status $?"; sh -c 'kill -SEGV $$'; echo "status $?"; sh -c 'trap "" TERM; kill -TERM $$; echo survived'; sh -c 'trap "echo term; exit 9" TERM; kill -TERM $$; sleep 1'; echo "status $?"
(exit 11) & wait $!; echo "status $?"; for i in 1 2 3 4 5 6 7 8; do (exit $i) & done; wait; echo all done; jobs; (sleep 0.2; echo second) & (sleep 0.1; echo first) & wait
timeout 0.3 sleep 5; echo "status $?"; timeout 5 echo in time; timeout -s KILL 0.2 sleep 5; echo "status $?"; usleep 1000; sleep 0.01; time -p true 2>/dev/null; echo "status $?"; nice -n 5 echo nice 2>/dev/null; setsid true; echo "status $?"; nohup true 2>/dev/null < /dev/null; echo "status $?"
yes | head -n 3; yes ok | head -c 9; yes | head -n 100000 | wc -l; sh -c 'yes; echo unreached' 2>/dev/null | head -n 1; kill -l TERM; kill -0 $$; echo "status $?"; kill -0 999999 2>/dev/null; echo "status $?"; pid=$(sh -c 'echo $$'); [ "$pid" != $$ ] && echo different pid
seq 1 1000 | cat | cat | cat | cat | cat | cat | cat | cat | tail -n 1; seq 1 50000 | sort -rn | head -n 1; seq 1 100000 | tee >/dev/null full.copy; wc -l full.copy; i=0; while [ $i -lt 100 ]; do sh -c 'exit 0' || echo bad; i=$((i + 1)); done; echo hundred shells

section system
env -i A=1 B=2 env | sort; env X=y sh -c 'echo $X'; id -u; id -un; whoami; groups; uname -s; uname -m; pwd | sed "s#$top##"; hostid > /dev/null; echo "status $?"; nproc > /dev/null; echo "status $?"; tty < /dev/null; echo "status $?"; ttysize > /dev/null 2>&1; echo "status $?"
logname > /dev/null 2>&1; printenv > /dev/null 2>&1; ulimit -n > /dev/null; echo "status $?"; umask; [ -c /dev/null ] && echo null; head -c 4 /dev/zero | od -An -tx1; head -c 16 /dev/urandom | wc -c; echo x > /dev/full; echo "status $?"; cat /dev/null | wc -c; test -r /proc/self/stat && echo proc; cut -d ' ' -f 2 /proc/self/stat; readlink /proc/self/exe | sed 's#.*/##'; tr '\0' ' ' < /proc/self/cmdline; echo; grep -c . /proc/self/maps > /dev/null && echo maps; ls -1 /proc/self/fd | head -n 2
free > /dev/null; echo "status $?"; uptime > /dev/null; echo "status $?"; ps > /dev/null; echo "status $?"; df /proc > /dev/null; echo "status $?"; mount > /dev/null 2>&1; echo "status $?"
run-parts --test bin > /dev/null 2>&1; ipcalc -n 192.168.5.7/24; ipcalc -b 10.0.0.1/8; ascii > /dev/null; echo "status $?"; mim > /dev/null 2>&1; echo done
cd / && rm -rf "$top"/*; ls "$top" | wc -l; exit 23
