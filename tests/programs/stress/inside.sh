#!/bin/bash
# inside.sh SECONDS EACH: rounds of EACH seconds for each class of stressors, for SECONDS in all and at least two; the first round is a quick one.
classes='cpu fork vfork clone pthread futex pipe sigq sigsegv switch mmap vm timer poll'
available() { while read -r name value _; do [ "$name" = MemAvailable: ] && echo "$value"; done </proc/meminfo; }
each=$((($2 + 3) / 4))
for ((round = 0; round < 2 || SECONDS < $1; round++)); do
    for class in $classes; do
        output=$(stress-ng --"$class" 2 --verify -t "$each" --metrics-brief 2>&1)
        status=$?
        failures=$(grep -c 'fail:' <<<"$output")
        echo "$class status $status failures $failures operations $(sed -n "s/.*metrc: \[[0-9]*\] $class  *\([0-9][0-9]*\) .*/\1/p" <<<"$output" | head -1)"
        [ "$status$failures" = 00 ] || echo "$output"
        ((round > 1 && SECONDS >= $1)) && break
    done
    echo "round $round $(available) kB available, second $SECONDS"
    each=$2
done
count=0
for entry in /proc/[0-9]*; do count=$((count + 1)); done
echo "processes $count"
echo finished
