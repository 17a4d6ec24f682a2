#!/usr/bin/python3
# packages: python3
import ctypes, ctypes.util, errno
libc = ctypes.CDLL("libc.so.6", use_errno=True); libm = ctypes.CDLL("libm.so.6")
libm.pow.restype = ctypes.c_double; libm.pow.argtypes = [ctypes.c_double, ctypes.c_double]; print(libm.pow(2, 0.5), libc.strlen(b"four"), libc.abs(-7))
class Pair(ctypes.Structure): _fields_ = [("quot", ctypes.c_int), ("rem", ctypes.c_int)]
libc.div.restype = Pair; pair = libc.div(17, 5); print(pair.quot, pair.rem)
Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)); numbers = (ctypes.c_int * 8)(5, 3, 9, 1, 7, 2, 8, 4); calls = []
def compare(a, b): calls.append(1); return a[0] - b[0]
libc.qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), Compare(compare)); print(list(numbers), len(calls) > 7)
buffer = ctypes.create_string_buffer(40); print(libc.snprintf(buffer, ctypes.c_size_t(40), b"%d-%s-%.2f", 42, b"text", ctypes.c_double(2.5)), buffer.value)
print(libc.open(b"/no/such", 0), errno.errorcode[ctypes.get_errno()]); libc.getenv.restype = ctypes.c_char_p; print(libc.getenv(b"LANG"))
class Tree(ctypes.Structure): pass
Tree._fields_ = [("value", ctypes.c_longlong), ("next", ctypes.POINTER(Tree)), ("bits", ctypes.c_uint, 3), ("rest", ctypes.c_uint, 5)]; second = Tree(2); first = Tree(1, ctypes.pointer(second), 5, 17); print(first.next.contents.value, first.bits, first.rest, ctypes.sizeof(Tree))
class Both(ctypes.Union): _fields_ = [("f", ctypes.c_float), ("i", ctypes.c_uint32)]
print(hex(Both(1.5).i)); ctypes.memset(buffer, ord("z"), 5); print(buffer.raw[:6]); array = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_uint8)); print(array[0]); print(ctypes.string_at(buffer, 3))
handlers = [ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x, n=n: x + n) for n in range(300)]; print(sum(h(1) for h in handlers)); zlib = ctypes.CDLL("libz.so.1"); zlib.zlibVersion.restype = ctypes.c_char_p; print(zlib.zlibVersion().count(b".") >= 2, ctypes.pythonapi.PyLong_FromLong is not None)
