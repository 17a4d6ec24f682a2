# A shell script of pipelines.
for n in 1 2 3 4 5 6 7 8 9 10; do
    seq 1 2000 | grep "$n" | sort -rn | head -n 50 | sed 's/^/x/' | wc -c
    printf 'b\na\nc\n' | sort | uniq -c | awk '{ s += $1 } END { print s }'
    cat /etc/passwd | cut -d: -f1 | tr a-z A-Z | tail -n 1 | wc -l
done | sha256sum
