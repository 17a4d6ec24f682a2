# A pipe opened once more by name: sourcing a here-document, reading a pipe through /dev/stdin.
. /dev/stdin <<'END'
sourced=yes
END
echo sourced $sourced
seq 1 5 | busybox cat /dev/stdin | busybox tail -n 1
echo through | { read -r word < /dev/stdin; echo $word; }
exit 4
