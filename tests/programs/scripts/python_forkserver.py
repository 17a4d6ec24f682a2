#!/usr/bin/python3
# packages: python3
import multiprocessing as mp, os, socket

def square(n): return n * n
if __name__ == "__main__":
    ours, theirs = socket.socketpair(); r, w = os.pipe(); socket.send_fds(ours, [b"message"], [r, w]); data, fds, _, _ = socket.recv_fds(theirs, 100, 5); os.write(w, b"through"); print(data, len(fds), os.read(fds[0], 20))
    context = mp.get_context("forkserver"); worker = context.Process(target=square, args=(3,)); worker.start(); worker.join(); print("forkserver", worker.exitcode)
    with context.Pool(3) as pool: print(pool.map(square, range(10)))
