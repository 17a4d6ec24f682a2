// expect: -Wshorten-64-to-32
unsigned cut(unsigned long length) { return length; }
