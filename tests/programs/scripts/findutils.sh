#!/bin/bash
# packages: findutils
export LC_ALL=C
mkdir -p tree/{a,b,c}/{x,y}; for n in $(seq 40); do echo "$n" >"tree/a/x/file$n"; done
ln -s ../a tree/b/link; ln -s loop tree/c/loop; touch -d '2001-01-01' tree/b/y/old; chmod 600 tree/b/y/old; mkfifo tree/c/pipe
find tree -type f -name 'file*[02468]' | sort | head -5; find tree -type l -printf '%p -> %l\n' | sort; find tree -perm 600; find tree -not -newermt 2010-01-01 -type f
find tree -type d -empty | sort; find tree -size -3c -type f | wc -l; find tree -maxdepth 2 -mindepth 2 | sort; find tree -regex '.*/file[12]' | sort
find -L tree -samefile tree/a/x/file1 2>/dev/null | sort; find tree -type f -exec grep -l '^7$' {} +; find tree -type f -name 'file3*' -exec sh -c 'echo "$#"' _ {} +
find tree -name 'file1?' -delete; find tree -type f | wc -l; find tree -type p; find tree \( -name x -prune \) -o -type f -print | sort; find tree -links +1 -type d | sort | wc -l
find tree -type f -print0 | sort -z | xargs -0 -n 7 echo 2>/dev/null | head -2; seq 100 | xargs -P 4 -n 10 sh -c 'echo $#' _ | sort | uniq -c
seq 5 | xargs -I{} echo "<{}>"; echo a b c | xargs -t -n 2 2>&1 | cat; printf 'x\ny\n' | xargs -L1 sh -c 'exit 3'; echo "xargs $?"; seq 3 | xargs sh -c 'kill -9 $$'; echo "xargs $?"
find / -maxdepth 1 -name etc; find /proc/self/fd -maxdepth 0; find nothing; echo "find $?"
