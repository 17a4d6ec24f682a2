#!/usr/bin/fish
# packages: fish coreutils
set -x HOME $PWD
set fruits apple pear cherry
for fruit in $fruits[-1..1]
    echo (string upper $fruit) (string length $fruit)
end
function double -a n
    math "$n * 2"
end
double 21
echo (count $fruits) (seq 5 | string join +)
switch $fruits[1]
    case 'a*'
        echo begins with a
    case '*'
        echo other
end
string match -r '(\w+)@(\w+)' 'user@host'
begin
    echo one
    echo two
end | sort -r
false; or echo "status $status"
sleep 0.1 &
wait
echo {a,b}{1,2}
set total 0
while test $total -lt 5
    set total (math $total + 1)
end
echo $total
printf '%s-%s\n' a b c d
cat (echo from a substitution | psub)
sh -c 'kill -TERM $$'
echo "status $status"
mkdir -p x/y; touch x/y/z.txt; echo x/**.txt
exit 6
