#!/usr/bin/node
// packages: nodejs
const fs = require('fs'), path = require('path'), os = require('os'), zlib = require('zlib'), crypto = require('crypto'), assert = require('assert'), util = require('util')
const { spawn, spawnSync, execFileSync, exec, fork } = require('child_process'), { once, EventEmitter } = require('events'), { pipeline, Readable, Transform } = require('stream'), vm = require('vm')
async function main() {
  console.log(typeof process.version, process.platform, process.arch, [3, 1, 2].sort(), { a: [1, { b: new Map([[1, 2]]) }] }, 2n ** 100n)
  console.log('naïve'.normalize('NFD').length, /(?<y>\d{4})/.exec('in 2024').groups.y, [...'ab'].map(c => c.codePointAt(0)), new Intl.NumberFormat('en').format(1234567.8), JSON.stringify({ x: [null, 1.5] }), new Date(0).toISOString())
  for (const name of ['md5', 'sha256', 'sha512']) console.log(name, crypto.createHash(name).update('data').digest('hex').slice(0, 16))
  console.log(zlib.gunzipSync(zlib.gzipSync('x'.repeat(100000))).length, zlib.brotliDecompressSync(zlib.brotliCompressSync('brotli')).toString())
  fs.mkdirSync('d/e', { recursive: true }); for (let i = 0; i < 5; i++) fs.writeFileSync(`d/e/f${i}`, 'line\n'.repeat(i)); console.log(fs.readdirSync('d/e'), fs.statSync('d/e/f4').size, (await fs.promises.readFile('d/e/f2', 'utf8')).split('\n').length)
  fs.symlinkSync('e/f1', 'd/link'); console.log(fs.readlinkSync('d/link'), fs.realpathSync('d/link').endsWith('d/e/f1')); fs.renameSync('d/e', 'd/g'); try { fs.readFileSync('nothing') } catch (e) { console.log(e.code) } fs.rmSync('d', { recursive: true })
  console.log(spawnSync('echo', ['sync']).stdout.toString(), execFileSync('sh', ['-c', 'echo $X'], { env: { X: 'y', PATH: process.env.PATH } }).toString(), spawnSync('sh', ['-c', 'exit 3']).status, spawnSync('sh', ['-c', 'kill -9 $$']).signal, spawnSync('/no/such').error.code)
  const child = spawn('tr', ['a-z', 'A-Z']); child.stdout.on('data', d => console.log('child says', d.toString())); child.stdin.end('upper'); console.log(await once(child, 'close'))
  const sleeper = spawn('sleep', ['60']); setTimeout(() => sleeper.kill('SIGTERM'), 100); console.log(await once(sleeper, 'exit'))
  console.log((await Promise.all([1, 2, 3, 4].map(n => util.promisify(exec)(`sleep 0.0${n}; echo ${n}`)))).map(r => r.stdout.trim()))
  process.on('SIGUSR2', () => console.log('signal')); process.kill(process.pid, 'SIGUSR2'); await new Promise(r => setTimeout(r, 50))
  await util.promisify(pipeline)(Readable.from(['a', 'b', 'c']), new Transform({ transform(c, _, done) { done(null, c.toString().toUpperCase()) } }), fs.createWriteStream('out')); console.log(fs.readFileSync('out', 'utf8'))
  console.log(await util.promisify(crypto.pbkdf2)('p', 's', 1000, 16, 'sha256').then(k => k.toString('hex')), vm.runInNewContext('a + 1', { a: 41 }), Buffer.from('héllo').toString('base64'), util.inspect(new Proxy({}, {})), new Set([1, 1]).size)
  let sum = 0; for (let i = 0; i < 5e6; i++) sum = (sum + i * 3) | 0; console.log(sum); const fib = n => n < 2 ? n : fib(n - 1) + fib(n - 2); console.log(fib(25)); class A { #x = 1; get x() { return this.#x } static y = 2 } console.log(new A().x, A.y, [1, [2, [3]]].flat(Infinity), Object.entries({ a: 1 }).map(([k, v]) => k + v))
  const array = new Float64Array(1e5).map((_, i) => Math.sin(i)); array.sort(); console.log(array[0] < array[99999], array.length); const big = []; for (let i = 0; i < 2e5; i++) big.push({ i, s: 'x' + i }); console.log(big.filter(o => o.i % 1000 === 0).length, big.map(o => o.s).join('').length)
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11))); console.log('wasm', wasm.exports.add(40, 2))
  setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick')); await null; console.log('microtask'); await new Promise(r => setTimeout(r, 20)); const watcher = new AbortController(); setTimeout(() => watcher.abort(), 30); try { await require('timers/promises').setTimeout(5000, 0, { signal: watcher.signal }) } catch (e) { console.log(e.name) }
  process.exitCode = 5; process.on('exit', c => console.log('exit', c))
}
main().catch(e => { console.log('failed', e); process.exit(1) })
