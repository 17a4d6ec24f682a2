# A shell script as people write them: pipelines, functions, background jobs, files, exit statuses.
# It runs unchanged on Linux and in the enclave; both outputs must be the same.
set -u
work=$(mktemp -d /tmp/demo.XXXXXX) && cd "$work" || exit 1

words() { printf '%s\n' enclave domain gate unit verifier fork pipe shell "$@"; }

echo "== pipelines"
words enclave gate gate | sort | uniq -c | sort -rn | awk '{ print $2, $1 }' | head -n 3
seq 1 20000 | awk '{ s += $1 * $1 } END { printf "sum of squares %.0f\n", s }'
seq 1 5000 | tr '\n' ' ' | sed 's/ /, /g' | cut -c 1-40

echo "== files"
mkdir -p tree/a tree/b
for name in one two three; do words "$name" > "tree/a/$name.txt"; done
ln -s ../a/one.txt tree/b/link
tar -cf tree.tar tree && gzip -9 tree.tar && gunzip -c tree.tar.gz | tar -tf - | sort
find tree -type f | xargs wc -l | tail -n 1
dd if=/dev/zero bs=65536 count=32 2>/dev/null | sha256sum

echo "== processes"
(sleep 0.1; echo background job done) &
sh -c 'exit 42'; echo "status $?"
sh -c 'kill -TERM $$'; echo "status $?"
trap 'echo trapped USR1' USR1
kill -USR1 $$
wait
count=0
while [ "$count" -lt 30 ]; do (exit "$count"); count=$((count + 1)); done
echo "$count subshells"
cd / && rm -r "$work"
