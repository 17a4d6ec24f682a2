#!/usr/bin/python3
# packages: python3
import concurrent.futures, multiprocessing as mp, multiprocessing.shared_memory as shm, os, signal, time

def square(n): return n * n
def produce(queue, n): [queue.put((n, k)) for k in range(5)]
def increment(value, array, lock):
    for k in range(100):
        with lock: value.value += 1
    array[os.getpid() % 4] += 1
def talk(connection):
    while (message := connection.recv()) is not None: connection.send(message[::-1])
def waiting(event, barrier, results): event.wait(); barrier.wait(); results.append(1)
def touch(name):
    block = shm.SharedMemory(name); block.buf[0:5] = b"child"; block.close()
def fail(): raise ValueError("in child")

if __name__ == "__main__":
    mp.set_start_method("fork")
    with mp.Pool(4) as pool:
        print(pool.map(square, range(20)), pool.apply(square, (12,)), sorted(pool.imap_unordered(square, range(5))), pool.starmap(pow, [(2, 10), (3, 4)]))
        try:
            pool.apply(fail)
        except ValueError as error:
            print("error", error)
    queue = mp.Queue(); workers = [mp.Process(target=produce, args=(queue, n)) for n in range(3)]; [w.start() for w in workers]; print(sorted(queue.get() for _ in range(15))); [w.join() for w in workers]; print([w.exitcode for w in workers])
    value, array, lock = mp.Value("i", 0), mp.Array("i", 4), mp.Lock(); workers = [mp.Process(target=increment, args=(value, array, lock)) for _ in range(4)]; [w.start() for w in workers]; [w.join() for w in workers]; print(value.value, sum(array))
    ours, theirs = mp.Pipe(); worker = mp.Process(target=talk, args=(theirs,)); worker.start(); ours.send("abc"); print(ours.recv()); ours.send(list(range(5))); print(ours.recv(), ours.poll(0.05)); ours.send(None); worker.join()
    with mp.Manager() as manager:
        results, event, barrier = manager.list(), mp.Event(), mp.Barrier(3); workers = [mp.Process(target=waiting, args=(event, barrier, results)) for _ in range(3)]; [w.start() for w in workers]; time.sleep(0.1); event.set(); [w.join() for w in workers]; print(len(results), dict(manager.dict(a=1)))
    block = shm.SharedMemory(create=True, size=1000); worker = mp.Process(target=touch, args=(block.name,)); worker.start(); worker.join(); print(bytes(block.buf[:5])); block.close(); block.unlink()
    sleeper = mp.Process(target=time.sleep, args=(60,)); sleeper.start(); print(sleeper.is_alive()); sleeper.terminate(); sleeper.join(); print(sleeper.exitcode == -signal.SIGTERM, mp.active_children())
    with concurrent.futures.ProcessPoolExecutor(3) as executor:
        print(list(executor.map(square, range(10), chunksize=3)))
    context = mp.get_context("spawn"); worker = context.Process(target=square, args=(3,)); worker.start(); worker.join(); print("spawn", worker.exitcode)
    semaphore = mp.BoundedSemaphore(2); print(semaphore.acquire(), semaphore.acquire(), semaphore.acquire(timeout=0.1)); condition = mp.Condition(); print(condition.acquire(), condition.wait(0.05))
