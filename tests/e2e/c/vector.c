// Vector code: SSE2 to SSE4.2, AES, CLMUL, SHA, AVX, AVX2, FMA, BMI, F16C where the CPU says so. What it prints does not depend on what there is:
// each unit is compared with plain C and only a difference shows.
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>

#include "check.h"

static uint8_t a[64] __attribute__((aligned(64))), b[64] __attribute__((aligned(64))), out[64] __attribute__((aligned(64)));
static void fill(uint32_t seed) {
    for (int i = 0; i < 64; i++) a[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24), b[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static void sse2(void) {
    for (uint32_t seed = 0; seed < 200; seed++) {
        fill(seed);
        __m128i x = _mm_load_si128((void*)a), y = _mm_loadu_si128((void*)(b + 1));
        _mm_storeu_si128((void*)out, _mm_add_epi8(x, y));
        for (int i = 0; i < 16; i++) CHECK(out[i] == (uint8_t)(a[i] + b[i + 1]));
        _mm_storeu_si128((void*)(out + 3), _mm_max_epu8(x, y));
        for (int i = 0; i < 16; i++) CHECK(out[i + 3] == (a[i] > b[i + 1] ? a[i] : b[i + 1]));
        int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(x, _mm_set1_epi8(1)), _mm_setzero_si128()));
        for (int i = 0; i < 16; i++) CHECK((mask >> i & 1) == !(a[i] & 1));
        _mm_store_si128((void*)out, _mm_shuffle_epi32(x, 0x1b));
        CHECK(memcmp(out, a + 12, 4) == 0 && memcmp(out + 12, a, 4) == 0);
        _mm_store_si128((void*)out, _mm_unpacklo_epi8(x, y));
        for (int i = 0; i < 8; i++) CHECK(out[2 * i] == a[i] && out[2 * i + 1] == b[i + 1]);
        float f[4];
        _mm_storeu_ps(f, _mm_mul_ps(_mm_cvtepi32_ps(_mm_srli_epi32(x, 16)), _mm_set1_ps(0.5f)));
        for (int i = 0; i < 4; i++) CHECK(f[i] == (float)(*(uint32_t*)(a + 4 * i) >> 16) * 0.5f);
        double d[2];
        _mm_storeu_pd(d, _mm_sqrt_pd(_mm_set_pd(a[0], a[1])));
        CHECK(d[0] * d[0] - a[1] < 1e-9 && d[1] * d[1] - a[0] < 1e-9);
        __m128i sums = _mm_sad_epu8(x, _mm_setzero_si128());
        int total = 0;
        for (int i = 0; i < 16; i++) total += a[i];
        CHECK(_mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4) == total);
        _mm_stream_si128((void*)out, x);
        _mm_sfence();
        CHECK(memcmp(out, a, 16) == 0);
        _mm_maskmoveu_si128(y, _mm_set1_epi8((char)0x80), (char*)out);
        CHECK(memcmp(out, b + 1, 16) == 0);
    }
}
__attribute__((target("sse4.2,ssse3,popcnt"))) static void sse4(void) {
    for (uint32_t seed = 0; seed < 200; seed++) {
        fill(seed);
        __m128i x = _mm_load_si128((void*)a), y = _mm_load_si128((void*)b);
        _mm_store_si128((void*)out, _mm_shuffle_epi8(x, _mm_and_si128(y, _mm_set1_epi8(15))));
        for (int i = 0; i < 16; i++) CHECK(out[i] == a[b[i] & 15]);
        _mm_store_si128((void*)out, _mm_blendv_epi8(x, y, y));
        for (int i = 0; i < 16; i++) CHECK(out[i] == (b[i] & 0x80 ? b[i] : a[i]));
        _mm_store_si128((void*)out, _mm_mullo_epi32(x, y));
        for (int i = 0; i < 4; i++) CHECK(((uint32_t*)out)[i] == ((uint32_t*)a)[i] * ((uint32_t*)b)[i]);
        CHECK(_mm_extract_epi8(x, 7) == a[7] && _mm_extract_epi64(x, 1) == *(int64_t*)(a + 8));
        _mm_store_si128((void*)out, _mm_alignr_epi8(x, y, 5));
        CHECK(memcmp(out, b + 5, 11) == 0 && memcmp(out + 11, a, 5) == 0);
        uint32_t crc = ~0u, plain = ~0u;
        for (int i = 0; i < 64; i++) {
            crc = _mm_crc32_u8(crc, a[i]);
            plain ^= a[i];
            for (int k = 0; k < 8; k++) plain = plain >> 1 ^ (plain & 1 ? 0x82f63b78 : 0);
        }
        CHECK(crc == plain && _mm_crc32_u64(0, 1) == _mm_crc32_u32(_mm_crc32_u32(0, 1), 0));
        CHECK(_mm_popcnt_u64(*(uint64_t*)a) == __builtin_popcountll(*(uint64_t*)a));
        char text[17] = "hello world test";
        CHECK(_mm_cmpistri(_mm_set1_epi8('w'), _mm_loadu_si128((void*)text), _SIDD_CMP_EQUAL_ANY) == 6);
        CHECK(_mm_testz_si128(x, _mm_setzero_si128()) && _mm_round_sd(_mm_setzero_pd(), _mm_set_sd(2.5), _MM_FROUND_TO_ZERO)[0] == 2);
    }
}
__attribute__((target("aes,pclmul,sse4.1"))) static void crypto(void) {
    fill(7);
    __m128i x = _mm_load_si128((void*)a), key = _mm_load_si128((void*)b);
    __m128i e = _mm_aesenc_si128(x, key), last = _mm_aesenclast_si128(e, key);
    __m128i back = _mm_aesdeclast_si128(_mm_xor_si128(last, key), _mm_setzero_si128());
    CHECK(_mm_movemask_epi8(_mm_cmpeq_epi8(back, e)) == 0xffff);
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, 0x87), _mm_set_epi64x(0, 3), 0);
    CHECK(_mm_extract_epi64(product, 0) == (0x87 ^ 0x87 << 1));
    CHECK(_mm_extract_epi32(_mm_aeskeygenassist_si128(_mm_setzero_si128(), 1), 0) == 0x63636363);
}
__attribute__((target("avx2,fma,bmi,bmi2,lzcnt,f16c"))) static void avx2(void) {
    for (uint32_t seed = 0; seed < 200; seed++) {
        fill(seed);
        __m256i x = _mm256_load_si256((void*)a), y = _mm256_loadu_si256((void*)(b + 3));
        _mm256_storeu_si256((void*)out, _mm256_sub_epi16(x, y));
        for (int i = 0; i < 16; i++) CHECK(((uint16_t*)out)[i] == (uint16_t)(((uint16_t*)a)[i] - *(uint16_t*)(b + 3 + 2 * i)));
        int32_t table[16];
        for (int i = 0; i < 16; i++) table[i] = i * 1000 + (int)seed;
        __m256i index = _mm256_and_si256(_mm256_load_si256((void*)a), _mm256_set1_epi32(15));
        _mm256_store_si256((void*)out, _mm256_i32gather_epi32(table, index, 4));
        for (int i = 0; i < 8; i++) CHECK(((int32_t*)out)[i] == table[((uint32_t*)a)[i] & 15]);
        _mm256_store_si256((void*)out, _mm256_permutevar8x32_epi32(x, y));
        for (int i = 0; i < 8; i++) CHECK(((uint32_t*)out)[i] == ((uint32_t*)a)[b[3 + 4 * i] & 7]);
        _mm256_store_si256((void*)out, _mm256_sllv_epi32(x, _mm256_set1_epi32((int)(seed % 40))));
        for (int i = 0; i < 8; i++) CHECK(((uint32_t*)out)[i] == (seed % 40 > 31 ? 0 : ((uint32_t*)a)[i] << seed % 40));
        memset(out, 0, 64);
        _mm256_maskstore_epi32((int*)out, _mm256_set_epi32(0, -1, 0, -1, 0, -1, 0, -1), x);
        for (int i = 0; i < 8; i++) CHECK(((uint32_t*)out)[i] == (i % 2 ? 0 : ((uint32_t*)a)[i]));
        __m256d d = _mm256_fmadd_pd(_mm256_set1_pd(seed), _mm256_set_pd(4, 3, 2, 1), _mm256_set1_pd(0.5));
        for (int i = 0; i < 4; i++) CHECK(d[i] == seed * (i + 1.0) + 0.5);
        CHECK(_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, x)) == -1 && _mm_cvtsi128_si32(_mm256_extracti128_si256(x, 1)) == *(int*)(a + 16));
        uint64_t m = *(uint64_t*)a, n = *(uint64_t*)b;
        uint64_t extracted = _pext_u64(m, n), plain = 0;
        for (int i = 0, k = 0; i < 64; i++)
            if (n >> i & 1) plain |= (m >> i & 1) << k++;
        CHECK(extracted == plain && _pdep_u64(extracted, n) == (m & n));
        unsigned long long high;
        unsigned __int128 wide = (unsigned __int128)m * n;
        CHECK(_mulx_u64(m, n, &high) == (uint64_t)wide && high == (uint64_t)(wide >> 64));
        CHECK(_andn_u64(m, n) == (~m & n) && _bzhi_u64(m, seed % 64) == (m & ((1ull << seed % 64) - 1)) && _tzcnt_u64(m | 1ull << 63) == (unsigned)__builtin_ctzll(m | 1ull << 63));
        CHECK(_lzcnt_u64(m | 1) == (unsigned)__builtin_clzll(m | 1) && _bextr_u64(m, 8, 16) == (m >> 8 & 0xffff) && _blsr_u64(m) == (m & (m - 1)));
        CHECK(_cvtsh_ss(_cvtss_sh(1.5f, 0)) == 1.5f);
        _mm256_zeroupper();
    }
}

int main(void) {
    sse2();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) sse4();
    unsigned eax, ebx, ecx, edx;
    CHECK(__get_cpuid(1, &eax, &ebx, &ecx, &edx) && edx & bit_SSE2 && edx & bit_FXSAVE);
    if (ecx & bit_AES && ecx & bit_PCLMUL) crypto();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) avx2();
    if (ecx & bit_OSXSAVE) {
        uint32_t low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        CHECK((low & 3) == 3 && (!(ecx & bit_AVX) || (low & 7) == 7));
    }
    char brand[13] = "";
    __cpuid(0, eax, *(unsigned*)brand, *(unsigned*)(brand + 8), *(unsigned*)(brand + 4));
    CHECK(eax >= 7 && strlen(brand) == 12);
    uint64_t before = __rdtsc(), after = __rdtsc();
    CHECK(after >= before);
    float sum = 0, values[1000];
    for (int i = 0; i < 1000; i++) values[i] = (float)i / 3;
    for (int i = 0; i < 1000; i++) sum += values[i];
    printf("%.2f\n", sum);
    puts("vector ok");
}
