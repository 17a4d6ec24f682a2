class N:
    __slots__=("v","l","r")
    def __init__(s,v): s.v=v; s.l=None; s.r=None
    def add(s,v):
        if v<s.v:
            if s.l: s.l.add(v)
            else: s.l=N(v)
        else:
            if s.r: s.r.add(v)
            else: s.r=N(v)
    def total(s): return s.v+(s.l.total() if s.l else 0)+(s.r.total() if s.r else 0)
def fib(n): return n if n<2 else fib(n-1)+fib(n-2)
for turn in range(3):
    x=12345
    root=N(1<<30)
    for i in range(60000):
        x=(x*1103515245+12345)&0x7fffffff
        root.add(x)
    print(root.total())
    d={}
    for i in range(600000):
        d[i%5003]=d.get(i%5003,0)+i
    print(sum(d.values()))
    print(fib(25))
    print(sorted(str(i*7919%100003) for i in range(100000))[777])
