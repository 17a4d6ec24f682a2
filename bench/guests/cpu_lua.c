// The Lua interpreter as packaged, running the script named.
#include <lauxlib.h>
#include <lualib.h>
#define WITH_ARGUMENT
#include "bench.h"
uint64_t work(void) {
    lua_State* lua = luaL_newstate();
    luaL_openlibs(lua);
    if (luaL_dofile(lua, argument)) {
        fprintf(stderr, "%s\n", lua_tostring(lua, -1));
        exit(1);
    }
    uint64_t result = (uint64_t)lua_tointeger(lua, -1);
    lua_close(lua);
    return result;
}
