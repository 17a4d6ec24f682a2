#!/bin/dash
# packages: dash coreutils
set -eu
count=0
while [ $count -lt 200 ]; do count=$((count + 1)); /bin/true; done
echo "$count programs"
for word in one two three; do
    case $word in t*) echo "$word begins with t" ;; *) echo "other $word" ;; esac
done
cat <<END | while read -r first rest; do echo "$rest $first"; done
alpha beta gamma
delta epsilon
END
outer() { ( inner=$(printf 'x%sx' "$1"); echo "$inner"; exit 4 ) || echo "left with $?"; }
outer value
trap 'echo hangup' HUP; kill -HUP $$
set -- a "b c" d; echo $# "$2"; shift 2; echo "$@"
echo $(( (7 * 6) % 5 )) ${undefined:-default} ${undefined+never}
printf '%s|%5d|%o\n' text 42 8
sleep 20 & kill $!; wait $! || echo "ended $?"
mkfifo pipe; (echo through a fifo >pipe) & read -r line <pipe; echo "$line"; wait
seq 1000 | sort -rn | head -3 | tr '\n' ' '; echo
exec 3>file; echo three >&3; exec 3>&-; cat file
test -t 0 || echo "no terminal"
exit 9
