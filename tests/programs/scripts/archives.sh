#!/bin/bash
# packages: tar gzip bzip2 xz-utils zstd coreutils
export LC_ALL=C
mkdir -p tree/{sub,empty}; seq 20000 >tree/numbers; head -c 200000 /usr/bin/bash >tree/binary; ln -s numbers tree/link; ln tree/binary tree/sub/hard; touch -d @1000000000 tree/numbers tree/sub tree/empty; chmod 750 tree/sub; printf 'x' >"tree/a name"
for program in gzip bzip2 xz zstd; do
    case $program in gzip) suffix=gz ;; bzip2) suffix=bz2 ;; xz) suffix=xz ;; zstd) suffix=zst ;; esac
    cp tree/numbers file; $program -q -9 file 2>&1; [ $program = zstd ] && rm -f file; stat -c '%n %s' file.$suffix; $program -t file.$suffix 2>/dev/null; echo "test $?"; $program -q -d file.$suffix; cmp file tree/numbers && echo "$program back"; rm -f file file.*
    $program -c <tree/binary | $program -dc | cmp - tree/binary && echo "$program pipe"
    echo broken | $program -dc >/dev/null 2>&1; echo "broken $?"
done
xz -T2 --block-size=64KiB -c tree/binary | xz -dc -T2 | sha256sum; zstd -T2 -B65536 -q -c tree/binary | zstd -dc | sha256sum; gzip -l <(gzip -c tree/numbers) 2>/dev/null | wc -l; zcat <(gzip -c tree/numbers) | tail -1; xz --robot --list <(cat /dev/null) 2>/dev/null | wc -l; zgrep -c 777 <(gzip -c tree/numbers); bzcat <(bzip2 -c tree/numbers) | wc -l
tar --sort=name --mtime=@0 -cf plain.tar tree; tar -tvf plain.tar; tar -czf a.tgz tree; tar -cjf a.tbz tree; tar -cJf a.txz tree; tar --zstd -cf a.tzst tree
for archive in plain.tar a.tgz a.tbz a.txz a.tzst; do mkdir out; tar -xf $archive -C out; diff -r tree out/tree && echo "$archive equal"; stat -c '%n %a %Y' out/tree/numbers out/tree/sub; stat -c %h out/tree/binary; readlink out/tree/link; rm -r out; done
tar -cf - tree/numbers | tar -xOf - | tail -1; tar -rf plain.tar -C / etc/hostname; tar -tf plain.tar | tail -1; tar --delete -f plain.tar tree/numbers; tar -tf plain.tar | wc -l; tar -cf s.tar --sparse tree/binary; tar -df s.tar && echo same; tar -xf nothing.tar; echo $?; tar -cf inc.tar -g snapshot tree; touch tree/new; tar -cf inc2.tar -g snapshot tree; tar -tf inc2.tar | grep new; tar --exclude='*/sub' -cf - tree | tar -t | sort
