#!/usr/bin/node
// packages: nodejs
const { Worker, isMainThread, parentPort, workerData, MessageChannel } = require('worker_threads'), { fork } = require('child_process'), { once } = require('events'), net = require('net')
if (process.send) { process.on('message', m => { if (m === 'end') process.disconnect(); else process.send({ twice: m * 2 }) }) }
else if (!isMainThread) {
  const { shared, n } = workerData, view = new Int32Array(shared)
  for (let i = 0; i < 1000; i++) Atomics.add(view, 0, 1)
  let s = 0; for (let i = 0; i < 1e6; i++) s += i % n
  parentPort.postMessage({ n, s }); parentPort.once('message', m => { if (Atomics.wait(view, 1, 0, 5000) === 'timed-out') throw new Error('no wake'); parentPort.postMessage(m.toUpperCase()); parentPort.close() })
} else (async () => {
  const shared = new SharedArrayBuffer(8), view = new Int32Array(shared), workers = [2, 3, 5, 7].map(n => new Worker(__filename, { workerData: { shared, n } }))
  const answers = await Promise.all(workers.map(async w => (await once(w, 'message'))[0])); console.log(answers, Atomics.load(view, 0))
  workers.forEach(w => w.postMessage('hello')); await new Promise(r => setTimeout(r, 50)); const last = workers.map(w => once(w, 'message')); Atomics.store(view, 1, 1); Atomics.notify(view, 1); console.log((await Promise.all(last)).flat()); console.log(await Promise.all(workers.map(async w => w.threadId < 0 ? 0 : (await once(w, 'exit'))[0])))
  const failing = new Worker('throw new Error("inside")', { eval: true }); failing.on('error', e => console.log('error', e.message)); await new Promise(r => failing.on('exit', c => { console.log('exit', c); r() }))
  const endless = new Worker('for (;;) ;', { eval: true }); await once(endless, 'online'); setTimeout(() => endless.terminate(), 100); console.log(await once(endless, 'exit'))
  const child = fork(__filename); child.send(21); console.log(await once(child, 'message')); child.send('end'); console.log(await once(child, 'exit'))
  const server = net.createServer(c => c.on('data', d => c.end(d.toString().toUpperCase()))).listen('socket'); await once(server, 'listening'); const client = net.connect('socket'); client.write('through a socket'); console.log((await once(client, 'data'))[0].toString()); server.close()
})()
