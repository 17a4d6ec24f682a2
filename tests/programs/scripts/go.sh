#!/bin/bash
# packages: gron age jq
cat >data.json <<'END'
{"name": "x", "list": [1, 2.5, {"deep": [true, null]}], "text": "a \"quoted\" δ"}
END
gron data.json; gron data.json | grep deep | gron --ungron; gron -s <<<'{"a":1}'; gron nothing.json; echo $?; gron <<<'{broken'; echo $?
jq -n '[range(3000) | {id: ., name: "n\(.)"}]' >big.json; gron big.json | wc -l; gron big.json | gron -u | jq length
age-keygen -o key 2>/dev/null; recipient=$(age-keygen -y key); seq 100000 >plain; age -r "$recipient" -o box plain; age -d -i key box | cmp - plain && echo "back"; age -a -r "$recipient" <<<secret | head -1; age -d -i key plain 2>&1 | head -1; head -c 1000 box | age -d -i key 2>&1 >/dev/null | head -1
for n in 1 2 3 4 5 6; do gron data.json | tail -$n | head -1 & done | sort; wait
