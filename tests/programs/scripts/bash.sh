#!/bin/bash
# packages: bash coreutils
set -u
echo "arrays and maps"
declare -A ages=([ann]=31 [bob]=27 [cid]=45)
names=(cid ann bob)
for name in "${names[@]}"; do printf '%s=%d\n' "$name" "${ages[$name]}"; done | sort
echo "${#names[@]} ${names[*]:1:2} ${names[-1]^^}"

echo "strings"
text="the quick brown fox"
echo "${text#* } | ${text%% *} | ${text//o/0} | ${#text} | ${text:4:5}"
[[ $text =~ (q[a-z]+)\ (b[a-z]+) ]] && echo "${BASH_REMATCH[1]}-${BASH_REMATCH[2]}"
printf '%05.1f|%-6s|%x|%q\n' 3.14159 ab 255 "a b'c"

echo "arithmetic"
echo $((2 ** 20 - 17 % 5)) $((0xff ^ 0x0f)) $((1 << 40))
fib() { local n=$1; ((n < 2)) && { echo "$n"; return; }; echo $(($(fib $((n - 1))) + $(fib $((n - 2))))); }
fib 9

echo "redirections and pipelines"
exec 7>log 8<<<"here string"
echo "to seven" >&7
read -r -u 8 line; echo "$line"
exec 7>&- 8<&-
cat log
{ echo out; echo err >&2; } 2>&1 | sort
diff <(printf '1\n2\n3\n') <(printf '1\n3\n') ; echo "diff $?"
false | true | (exit 3); echo "${PIPESTATUS[*]}"
tee >(tr a-z A-Z >upper) <<<"process substitution" >/dev/null; wait; while [ ! -s upper ]; do sleep 0.01; done; cat upper
mapfile -t lines < <(seq 5); echo "${lines[@]: -2}"

echo "jobs and signals"
trap 'echo "got USR1"' USR1
kill -USR1 $$
(trap 'echo "child ends"; exit 7' TERM; while :; do sleep 0.05; done) & child=$!
sleep 0.3; kill -TERM $child; wait $child; echo "status $?"
sleep 30 & kill -KILL $!; wait $! 2>/dev/null; echo "killed $?"
for i in 1 2 3 4 5; do (sleep 0.0$i; exit "$i") & pids[i]=$!; done
for i in 5 4 3 2 1; do wait "${pids[i]}"; echo -n "$? "; done; echo
wait -n < /dev/null; echo "none left $?"
coproc CO { while read -r x; do echo "echo: $x"; done; }
echo hello >&"${CO[1]}"; read -r -u "${CO[0]}" answer; echo "$answer"
eval "exec ${CO[1]}>&-"; wait "$CO_PID"
timeout 0.2 sleep 5; echo "timeout $?"

echo "files"
mkdir -p a/b/{c,d}; touch a/b/c/{1..3}.txt; shopt -s globstar nullglob
echo a/**/*.txt
[ -d a/b ] && [ ! -e nothing ] && [ log -ot upper ] ; echo "test $?"
umask 027; touch masked; stat -c %a masked
cd a/b && pwd | sed 's|.*/a|a|'; cd - >/dev/null
ulimit -n 64; ulimit -n
(exec -a other bash -c 'echo $0')
trap 'echo bye' EXIT
exit 5
