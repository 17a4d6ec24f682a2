// Builds a JSON text, parses it into a tree with one allocation per node, walks it, frees it; several times.
#include "bench.h"
struct value {
    char kind;
    double number;
    char* text;
    struct value *first, *next;
};
static const char* at;
static void space(void) { while (*at == ' ' || *at == '\n') at++; }
static char* string(void) {
    const char* start = ++at;
    size_t escapes = 0;
    for (; *at != '"'; at++)
        if (*at == '\\') at++, escapes++;
    size_t n = (size_t)(at - start);
    char *out = malloc(n + 1), *o = out;
    for (const char* p = start; p < at; p++) *o++ = *p == '\\' ? *++p : *p;
    *o = 0;
    at++;
    return out;
}
static struct value* parse(void) {
    struct value* v = calloc(1, sizeof *v);
    space();
    v->kind = *at;
    if (*at == '{' || *at == '[') {
        char close = *at++ == '{' ? '}' : ']';
        struct value** tail = &v->first;
        for (space(); *at != close; space()) {
            if (*at == ',') { at++; continue; }
            char* name = NULL;
            if (close == '}') name = string(), space(), at++;
            *tail = parse();
            if (name) (*tail)->text = (*tail)->text ? (free(name), (*tail)->text) : name;
            tail = &(*tail)->next;
        }
        at++;
    } else if (*at == '"') {
        v->text = string();
    } else if (*at == 't' || *at == 'n') {
        at += 4;
    } else {
        char* end;
        v->number = strtod(at, &end);
        at = end;
    }
    return v;
}
static double walk(struct value* v) {
    double sum = v->number + (v->text ? (double)strlen(v->text) : 0);
    for (struct value *c = v->first, *n; c; c = n) n = c->next, sum += walk(c);
    free(v->text);
    free(v);
    return sum;
}
uint64_t work(void) {
    char *json = malloc(4 << 20), *o = json;
    uint32_t seed = 5;
    o += sprintf(o, "[");
    for (int i = 0; i < 12000; i++)
        o += sprintf(o, "%s{\"id\": %d, \"name\": \"process \\\"%u\\\"\", \"load\": %u.%u, \"tags\": [\"a\", \"bb\", true, null], \"where\": {\"x\": %u, \"y\": -%u}}\n",
                     i ? "," : "", i, next_random(&seed) >> 20, next_random(&seed) >> 25, next_random(&seed) >> 28, next_random(&seed) >> 16, next_random(&seed) >> 16);
    strcpy(o, "]");
    double sum = 0;
    for (int pass = 0; pass < 12; pass++) at = json, sum += walk(parse());
    return (uint64_t)sum;
}
