import json, re
rows = [{"name": "item %d" % i, "list": list(range(i % 9)), "x": i / 7, "flags": {"a": i % 2 == 0, "b": None}} for i in range(4000)]
for turn in range(20):
    text = json.dumps(rows, indent=1)
    print(len(json.loads(text)), len(re.findall(r'"(\w+)": "?([\w ]+)', text)), len(re.sub(r'\d+', '#', text)))
    print(sum(len(m.group()) for m in re.finditer(r'item \d*[02468]"|true|(?:null|false)\b', text)))
