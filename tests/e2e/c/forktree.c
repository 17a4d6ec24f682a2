// fork is real: structures full of pointers on heap, stack and in globals; 1,000 forks to depth 3, checked in every child; 200 alive at once.
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

#include "check.h"

struct node {
    struct node *left, *right, *parent, **back;
    uint64_t key, sum;
    char* name;
    int (*check)(const struct node*);
};
static int check_node(const struct node* n) { return n->name[0] == (char)('a' + n->key % 26); }
static struct node *root, *list_head;
static uint64_t count;

static struct node* build(uint64_t low, uint64_t high, struct node* parent) {
    if (low >= high) return NULL;
    struct node* n = malloc(sizeof *n);
    n->key = low + (high - low) / 2;
    n->parent = parent;
    n->check = check_node;
    n->name = malloc(16 + n->key % 100);
    memset(n->name, 'a' + (int)(n->key % 26), 16);
    n->left = build(low, n->key, n);
    n->right = build(n->key + 1, high, n);
    n->sum = n->key + (n->left ? n->left->sum : 0) + (n->right ? n->right->sum : 0);
    n->back = parent ? (n->key < parent->key ? &parent->left : &parent->right) : &root;
    count++;
    return n;
}
static uint64_t verify(const struct node* n, const struct node* parent) {
    if (!n) return 0;
    CHECK(n->parent == parent && *n->back == n && n->check == check_node && n->check(n));
    uint64_t sum = n->key + verify(n->left, n) + verify(n->right, n);
    CHECK(sum == n->sum);
    return sum;
}
struct frame {
    struct frame* below;
    int depth;
    int* counter;
};
static int forks;

static void tree(struct frame* below, int width, int depth) {
    int local = depth * 1000 + width;
    struct frame here = {below, depth, &local};
    CHECK(verify(root, NULL) == root->sum);
    int d = depth;
    for (struct frame* f = &here; f; f = f->below, d++) CHECK(f->depth == d && *f->counter >= f->depth * 1000);
    if (depth == 0) return;
    for (int i = 0; i < width; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            CHECK(local == depth * 1000 + width + i);
            root->name[15] = (char)i;
            tree(&here, width, depth - 1);
            CHECK(root->name[15] == (char)(depth == 1 ? i : i));
            _exit(depth);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == depth);
        local++;
        forks++;
    }
}

int main(void) {
    root = build(0, 3000, NULL);
    CHECK(verify(root, NULL) == 2999ull * 3000 / 2 && count == 3000);
    tree(NULL, 10, 3);  // 10 + 100 + 1000 forks
    CHECK(forks == 10);
    CHECK(verify(root, NULL) == root->sum);
    puts("tree ok");
    enum { kAlive = 200 };
    static pid_t alive[kAlive];
    int up[2], down[2];
    CHECK(pipe(up) == 0 && pipe(down) == 0);
    for (int i = 0; i < kAlive; i++) {
        alive[i] = fork();
        CHECK(alive[i] >= 0);
        if (alive[i] == 0) {
            close(down[1]);
            char byte = (char)i;
            CHECK(write(up[1], &byte, 1) == 1);
            CHECK(read(down[0], &byte, 1) == 0);
            CHECK(verify(root, NULL) == root->sum);
            _exit(i % 256);
        }
    }
    int sum = 0;
    for (int i = 0; i < kAlive; i++) {
        char byte;
        CHECK(read(up[0], &byte, 1) == 1);
        sum += (unsigned char)byte;
    }
    CHECK(sum == kAlive * (kAlive - 1) / 2);
    for (int i = 0; i < kAlive; i++) CHECK(kill(alive[i], 0) == 0);
    close(down[1]);
    for (int i = 0; i < kAlive; i++) {
        int status;
        CHECK(waitpid(alive[i], &status, 0) == alive[i] && WEXITSTATUS(status) == i % 256);
    }
    printf("forktree ok %d\n", kAlive);
}
