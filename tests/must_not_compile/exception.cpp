// expect: exceptions disabled
void fail() { throw 1; }
