#!/usr/bin/python3
# packages: python3
"""Loopback: TCP, UDP, an HTTP server and a client, threads between them."""
import asyncio, http.server, socket, socketserver, threading, urllib.request, xmlrpc.client, xmlrpc.server

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"path " + self.path.encode(); self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])); self.send_response(201); self.end_headers(); self.wfile.write(body[::-1])
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler); threading.Thread(target=server.serve_forever, daemon=True).start(); base = f"http://127.0.0.1:{server.server_port}"
print(urllib.request.urlopen(base + "/x?y=1").read()); answer = urllib.request.urlopen(base, data=b"posted" * 20000); print(answer.status, len(answer.read()))
try: urllib.request.urlopen("http://127.0.0.1:9")
except OSError as error: print(error)
server.shutdown()
udp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]; [u.bind(("127.0.0.1", 0)) for u in udp]; udp[0].sendto(b"datagram", udp[1].getsockname()); data, sender = udp[1].recvfrom(100); print(data, sender == udp[0].getsockname())
async def echo():
    async def serve(r, w): w.write(await r.read(100)); await w.drain(); w.close()
    s = await asyncio.start_server(serve, "localhost", 0, family=socket.AF_INET); port = s.sockets[0].getsockname()[1]
    async def client(n):
        r, w = await asyncio.open_connection("127.0.0.1", port); w.write(b"%d" % n); w.write_eof(); return await r.read()
    print(await asyncio.gather(*(client(n) for n in range(20))))
asyncio.run(echo())
s = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(s.getsockname()); p, _ = s.accept(); c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1); p.settimeout(0.1)
try: p.recv(1)
except TimeoutError: print("timeout")
c.sendall(b"x" * 1000); c.shutdown(socket.SHUT_WR); n = 0
while d := p.recv(300): n += len(d)
print(n, c.getpeername() == s.getsockname())
