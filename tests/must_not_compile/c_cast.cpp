// gate: dialect
// expect: no-c-cast-to-pointer
struct Header;
const Header* view(const char* bytes) { return (const Header*)bytes; }
