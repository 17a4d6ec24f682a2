#!/usr/bin/python3
# packages: python3
"""The language and the modules that need no process or thread."""
import collections, csv, dataclasses, datetime, decimal, difflib, fractions, functools, glob, gzip, bz2, lzma, hashlib, heapq, hmac, io, itertools, json, locale, math, mmap, os, pathlib
import pickle, random, re, shutil, stat, statistics, string, struct, sys, tarfile, tempfile, textwrap, time, traceback, unicodedata, uuid, xml.etree.ElementTree as tree, zipfile, zlib, resource, errno

print(sys.version_info[:2], sys.byteorder, sys.maxsize)
print(2 ** 300 % 10 ** 9, decimal.Decimal(1) / 7, fractions.Fraction(3, 9), math.gamma(5.5), statistics.pstdev(range(50)))
print(sorted(collections.Counter("mississippi").items()), list(itertools.islice(itertools.permutations("abc"), 4)))
print(re.sub(r"(?P<a>\w)(\w)", r"\2\g<a>", "abcdef"), unicodedata.name("λ"), "ß".upper(), "naïve".encode(), textwrap.shorten("many words here", 10))
for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, b"data").hexdigest()[:16])
print(hmac.new(b"k", b"m", "sha256").hexdigest()[:16], zlib.crc32(b"data"), uuid.uuid5(uuid.NAMESPACE_DNS, "example"))
for module in (gzip, bz2, lzma, zlib):
    print(module.__name__, module.decompress(module.compress(b"x" * 100000)) == b"x" * 100000)
random.seed(7)
print([random.randrange(1000) for _ in range(5)], random.gauss(0, 1))
print(json.dumps(json.loads('{"b": [1, 2.5, null, true], "a": "\\u00e9"}'), sort_keys=True), pickle.loads(pickle.dumps({"x": {1, 2}})))
root = tree.fromstring("<a><b n='1'>t</b><b/></a>")
print(len(root), root[0].get("n"), tree.tostring(root))
print(datetime.datetime(2024, 2, 28) + datetime.timedelta(days=2), datetime.datetime.fromtimestamp(0, datetime.timezone.utc), time.strftime("%j", time.gmtime(86400 * 40)))


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: float = 0.5


print(sorted([Point(2), Point(1, 2.0)]), functools.reduce(lambda a, b: a * b, range(1, 20)), heapq.nsmallest(3, [5, 1, 4, 2]))
here = pathlib.Path.cwd()
(here / "sub" / "deep").mkdir(parents=True)
for n in range(5):
    (here / "sub" / f"f{n}.txt").write_text("line\n" * n)
print(sorted(p.name for p in here.rglob("*.txt")), [len(glob.glob(g)) for g in ("sub/*", "sub/f[0-2]*", "no*")])
with open("sub/f4.txt", "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
    view[0:4] = b"LINE"
    print(view.find(b"line"), len(view))
print((here / "sub/f4.txt").read_text().splitlines()[:2], os.stat("sub/f4.txt").st_size, stat.filemode(os.stat("sub").st_mode))
os.symlink("f1.txt", "sub/link"); os.link("sub/f1.txt", "sub/hard"); os.chmod("sub/hard", 0o640)
print(os.readlink("sub/link"), os.stat("sub/hard").st_nlink, oct(os.stat("sub/link").st_mode), os.path.samefile("sub/link", "sub/hard"))
shutil.copytree("sub", "copy", symlinks=True); shutil.make_archive("arc", "gztar", "copy")
with tarfile.open("arc.tar.gz") as archive:
    print(sorted(archive.getnames()))
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("a/b", "content"); archive.write("sub/f3.txt")
with zipfile.ZipFile("z.zip") as archive:
    print(archive.namelist(), archive.read("a/b"), archive.testzip())
with tempfile.TemporaryDirectory(dir=".") as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
    print(os.path.exists(file.name))
print(os.path.exists(folder), [e.name for e in sorted(os.scandir("copy"), key=lambda e: e.name) if e.is_file(follow_symlinks=False)])
for action in (lambda: open("nothing"), lambda: os.mkdir("sub"), lambda: os.rmdir("sub"), lambda: os.read(999, 1), lambda: os.listdir("arc.tar.gz"), lambda: os.kill(99999999, 0), lambda: open("sub", "w")):
    try:
        action()
    except OSError as error:
        print(type(error).__name__, errno.errorcode[error.errno])
fd = os.open("raw", os.O_RDWR | os.O_CREAT | os.O_APPEND); os.write(fd, b"0123456789"); os.pwrite(fd, b"x", 2); os.lseek(fd, 0, os.SEEK_SET)
print(os.read(fd, 20), os.fstat(fd).st_size, os.writev(fd, [b"a", b"bc"]), os.posix_fallocate(fd, 0, 100), os.fstat(fd).st_size)
os.ftruncate(fd, 3); print(os.pread(fd, 10, 0)); os.close(fd)
print(resource.getrlimit(resource.RLIMIT_CORE)[0] >= -1, os.sysconf("SC_PAGE_SIZE"), len(os.urandom(16)), os.getenv("LANG"), sys.getrecursionlimit())
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)
sys.setrecursionlimit(20000); print(deep(15000))
try:
    1 / 0
except ZeroDivisionError:
    print(traceback.format_exc().splitlines()[-1])
print(sum(x * x for x in range(200000)), len("".join(map(str, range(50000)))), hash((1, 2, 3)))
sys.exit(3)
