#!/usr/bin/python3
# packages: python3 coreutils
import asyncio, os, signal, sys, time

async def sub():
    process = await asyncio.create_subprocess_exec("tr", "a-z", "A-Z", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate(b"through tr"); print(out, process.returncode)
    process = await asyncio.create_subprocess_shell("for i in 1 2 3; do echo $i; sleep 0.02; done; exit 4", stdout=asyncio.subprocess.PIPE)
    async for line in process.stdout: print("line", line)
    print(await process.wait())
    process = await asyncio.create_subprocess_exec("sleep", "50"); process.kill(); print(await process.wait())
    many = await asyncio.gather(*(asyncio.create_subprocess_shell(f"exit {n}") for n in range(8))); print([await p.wait() for p in many])

async def unix():
    async def serve(reader, writer):
        while data := await reader.readline(): writer.write(data.upper()); await writer.drain()
        writer.close()
    server = await asyncio.start_unix_server(serve, "socket")
    async def client(n):
        reader, writer = await asyncio.open_unix_connection("socket"); writer.write(f"client {n}\n".encode()); answer = await reader.readline(); writer.close(); return answer
    print(await asyncio.gather(*(client(n) for n in range(10)))); server.close(); await server.wait_closed()

async def core():
    queue = asyncio.Queue(3)
    async def produce():
        for n in range(10): await queue.put(n)
        await queue.put(None)
    producer = asyncio.create_task(produce()); got = []
    while (n := await queue.get()) is not None: got.append(n)
    print(got); await producer
    try:
        async with asyncio.timeout(0.05): await asyncio.sleep(5)
    except TimeoutError: print("timeout")
    loop = asyncio.get_running_loop(); event = asyncio.Event(); loop.add_signal_handler(signal.SIGUSR1, event.set); loop.call_later(0.05, os.kill, os.getpid(), signal.SIGUSR1); await event.wait(); print("signal")
    print(await asyncio.gather(*(asyncio.to_thread(pow, 2, n) for n in range(5))), await loop.run_in_executor(None, time.sleep, 0.01))
    r, w = os.pipe(); reader = asyncio.StreamReader(); await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(r, "rb")); os.write(w, b"piped\n"); print(await reader.readline()); os.close(w)
    async with asyncio.TaskGroup() as group: tasks = [group.create_task(asyncio.sleep(0.001 * n, n)) for n in range(100)]
    print(sum(t.result() for t in tasks)); start = time.monotonic(); await asyncio.sleep(0.1); print(0.09 < time.monotonic() - start < 5)

asyncio.run(core()); asyncio.run(sub()); asyncio.run(unix())
