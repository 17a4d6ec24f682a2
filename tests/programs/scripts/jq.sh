#!/bin/bash
# packages: jq
cat >data.json <<'END'
{"users": [{"name": "ann", "age": 31, "tags": ["x", "y"]}, {"name": "bob", "age": 27, "tags": []}, {"name": "cíd", "age": 45.5, "tags": ["y"]}], "total": 3, "nested": {"deep": {"er": null}}}
END
jq . data.json; jq -c '.users | map({(.name): .age}) | add' data.json; jq -r '.users[] | select(.age > 30) | "\(.name)\t\(.tags | join(","))"' data.json; jq '[.users[].age] | add / length, min, max' data.json; jq 'paths | map(tostring) | join(".")' -r data.json
jq -n '[limit(10; range(0; 100; 7))] | map(. * .) | {sum: add, last: .[-1]}'; jq -S 'del(.users) | .total |= . + 1' data.json; jq -c 'group_by(.tags | length) | length' <<<'[{"tags": []}, {"tags": [1]}]'; jq -n --arg a b --argjson n '{"x":1}' '$n + {a: $a}' -c; jq -s 'length' data.json data.json; jq -e .missing data.json; echo $?; jq . <<<'{broken'; echo $?; jq -n '"abc" | test("B"; "i"), gsub("b"; "x"), @base64, ascii_upcase, (now | type), ("2015-03-05T23:51:47Z" | fromdate)'; jq -n 'reduce range(100000) as $i (0; . + $i)'; jq -n '[range(3000)] | sort_by(-.) | .[0:3]' -c; jq -n 'def f: if . < 2 then . else (. - 1 | f) + (. - 2 | f) end; 18 | f'; jq --stream -c . <<<'[1,[2]]'; jq -R 'split(",")' -c <<<'a,b'; jq -n 'input' <<<'{"a":1}' -c; jq -n 'error("x")'; echo $?
