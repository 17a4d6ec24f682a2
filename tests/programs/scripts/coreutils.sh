#!/bin/bash
# packages: coreutils
export LC_ALL=C TZ=UTC
seq 1 2000 >numbers
sort -rn numbers | head -4; sort -R --random-source=numbers numbers | cksum; sort -k1.2n numbers | sha256sum
sort -S 64K --parallel=4 <(seq 50000 -1 1) | md5sum
shuf --random-source=numbers -n 3 numbers
wc numbers; nl -ba numbers | tail -2; tac numbers | head -2; paste -sd+ numbers | cut -c1-20; fold -w 7 <<<"abcdefghijklmnop"
split -l 700 numbers part. && ls part.*; csplit -s numbers 100 '{3}' && ls xx*; cat part.* | cmp - numbers && echo same
join <(printf '1 a\n2 b\n') <(printf '1 x\n2 y\n'); comm <(printf 'a\nb\n') <(printf 'b\nc\n')
tr -dc 0-4 <numbers | head -c 30; echo; uniq -c <<<$'a\na\nb'; expand -t 4 <<<$'\tx'; fmt -w 20 <<<"some words to be wrapped at twenty columns"
od -An -tx1 -N 16 numbers; base64 <<<"encode me" | tee b64 | base64 -d; basenc --z85 -d <<<"" ; sha1sum b64; b2sum b64; sum numbers; cksum numbers
dd if=numbers of=copy bs=512 count=3 skip=1 2>/dev/null; stat -c '%s %F %a' copy; dd if=/dev/zero of=sparse bs=1 count=1 seek=1M 2>/dev/null; stat -c %s sparse; truncate -s 5K copy; stat -c %s copy
mkdir -p d/e/f; touch -d '2020-02-03 04:05:06' d/e/f/file; stat -c '%y %h' d/e/f/file; date -d @86399 -u +%FT%T; date -r d/e/f/file +%s
cp -a d d2; ls -lR --time-style=+%F d2 | awk '{print $1, $5, $6, $7}'; cp -r --preserve=mode d d3; mv d3 d4; ln -s e/f/file d/link; ln d/e/f/file hard; stat -c %h hard; readlink -f d/link | sed 's|.*/d/|d/|'; realpath --relative-to=d d2
ln -sf /nowhere dangling; ls -l dangling | cut -c1; test -e dangling || echo dangling; rm -r d2 d4; rmdir --ignore-fail-on-non-empty d; ls d
install -m 640 numbers installed; stat -c %a installed; chmod u+x,g-r installed; stat -c %A installed; mktemp -u XXXX | wc -c; mkfifo p; stat -c %F p; mknod n p; stat -c %F n
du -s --apparent-size -B1 numbers | cut -f1; df . >/dev/null && echo df
expr 6 \* 7; factor 1234567890 18446744073709551557; printf '%b %e\n' 'a\tb' 12345.678; seq -f %03g 3; numfmt --to=iec 1048576; test 3 -gt 2; echo $?
env -i A=b env; env -u HOME printenv HOME; nice -n 5 nice; nproc >/dev/null; id -u; whoami; logname 2>/dev/null; groups >/dev/null; uname -s; arch; hostid >/dev/null; pathchk -p "a b"; tty; echo $?
timeout 0.2 sleep 9; echo $?; sh -c 'timeout -s KILL 0.2 sleep 9; exit $?'; echo $?; nohup true 2>/dev/null; echo $?; stdbuf -oL echo line; yes | head -2; tail -c 5 numbers; (sleep 0.3; echo appended >>grow) & touch grow; timeout 2 tail -f -s 0.1 grow | head -1
/usr/sbin/chroot / /bin/echo in chroot; dircolors -b | head -c 9; echo; who | head -0; users | head -0; pinky >/dev/null; link numbers l2; unlink l2; sync; shred -n 1 -u copy; test -e copy; echo $?; vdir -d . | cut -c1; tsort <<<"a b b c"; ptx <<<"two words" | wc -l; pr -l 12 -h title <<<body | tail -n +4; mkdir -m 1777 sticky; stat -c %a sticky
ls nothing; cat nothing; rm nothing; mkdir d; cp d x; rmdir nothing; touch nowhere/file; head -c 0 d; mv nothing x
exit 0
