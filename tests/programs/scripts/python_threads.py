#!/usr/bin/python3
# packages: python3
import concurrent.futures, contextvars, queue, signal, threading, time

total, lock = 0, threading.Lock()
def add(count):
    global total
    for _ in range(count):
        with lock:
            total += 1
threads = [threading.Thread(target=add, args=(2000,)) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print("sum", total)

jobs, done = queue.Queue(maxsize=4), queue.Queue()
def worker():
    while (item := jobs.get()) is not None:
        done.put(item * item); jobs.task_done()
pool = [threading.Thread(target=worker) for _ in range(4)]
[t.start() for t in pool]
[jobs.put(n) for n in range(100)]; jobs.join(); [jobs.put(None) for _ in pool]; [t.join() for t in pool]
print("queue", sum(done.get() for _ in range(100)))

condition, ready = threading.Condition(), []
def produce():
    for n in range(5):
        with condition:
            ready.append(n); condition.notify()
        time.sleep(0.01)
threading.Thread(target=produce).start()
taken = []
while len(taken) < 5:
    with condition:
        condition.wait_for(lambda: ready, timeout=5); taken += ready; ready.clear()
print("condition", taken)

event = threading.Event(); print("timeout", event.wait(0.05)); threading.Timer(0.05, event.set).start(); print("event", event.wait(5))
barrier = threading.Barrier(5); order = []
def meet():
    barrier.wait(); order.append(1)
members = [threading.Thread(target=meet) for _ in range(4)]
[t.start() for t in members]; barrier.wait(); [t.join() for t in members]; print("barrier", len(order))
semaphore = threading.BoundedSemaphore(2); peak, inside = 0, 0
def limited():
    global peak, inside
    with semaphore:
        inside += 1; peak = max(peak, inside); time.sleep(0.01); inside -= 1
many = [threading.Thread(target=limited) for _ in range(10)]
[t.start() for t in many]; [t.join() for t in many]; print("semaphore", peak <= 2)
with concurrent.futures.ThreadPoolExecutor(6) as executor:
    print("map", list(executor.map(lambda n: n ** 2, range(10))))
    futures = [executor.submit(lambda n: 10 // n, n) for n in range(3)]
    print("errors", [type(f.exception()).__name__ for f in futures])
local = threading.local(); local.x = 1
def no_local(): seen.append(hasattr(local, "x"))
seen = []; t = threading.Thread(target=no_local); t.start(); t.join(); print("local", seen)
got = []; signal.signal(signal.SIGALRM, lambda *a: got.append("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.1)
while not got: time.sleep(0.01)
print(got, threading.current_thread().name, threading.active_count())
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
t = threading.Timer(0.05, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)); t.start(); print("sigwait", signal.sigwait({signal.SIGUSR1}).name); t.join()
threading.stack_size(256 * 1024); crowd = [threading.Thread(target=event.wait) for _ in range(200)]
event.clear(); [t.start() for t in crowd]; print("crowd", threading.active_count()); event.set(); [t.join() for t in crowd]
try:
    rlock = threading.RLock()
    with rlock, rlock: print("rlock")
    lock.release()
except RuntimeError as error:
    print(error)
