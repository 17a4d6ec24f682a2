// What switch.S and C++ share.
#pragma once

#define NATIVE_RIP 128
#define NATIVE_RFLAGS 136
#define NATIVE_FS 144
#define NATIVE_GS 152
#define NATIVE_VECTORS 160
#define NATIVE_HOST_SP 168
#define NATIVE_HOST_GS 176
#define NATIVE_ACTIVE 184

#define CONFINED_CONTEXT 0
#define CONFINED_LANDING 8
#define CONFINED_VECTORS 16
#define CONFINED_ENTER 24
