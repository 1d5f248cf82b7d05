"""A guestbook: a page that shows what visitors wrote and takes what they write. Entries are kept in redis, which is spoken to in
its own protocol, so that nothing but Python's standard library is needed."""

import html
import os
import socket
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REDIS = (os.environ["REDIS_SERVICE_HOST"], int(os.environ["REDIS_SERVICE_PORT"]))
KEY = "guestbook"
LONGEST = 1000


def reply(stream):
    """Reads one reply of redis: a line, a number, a text or a list of them."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("redis closed the connection")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b":":
        return int(rest)
    if kind == b"$":
        size = int(rest)
        return None if size < 0 else stream.read(size + 2)[:-2]
    if kind == b"*":
        return [reply(stream) for _ in range(int(rest))]
    return rest


def redis(*words):
    """Sends one command to redis and returns the reply."""
    parts = [word.encode() for word in words]
    request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    with socket.create_connection(REDIS, timeout=5) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            return reply(stream)


def page():
    entries = redis("LRANGE", KEY, "0", "99")
    items = "".join(f"<li>{html.escape(entry.decode(errors='replace'))}</li>\n" for entry in entries)
    form = '<form method="post"><input name="entry" maxlength="1000"><button>Write</button></form>'
    return f"<!doctype html><title>Guestbook</title>\n<h1>Guestbook</h1>\n{form}\n<ul>\n{items}</ul>\n"


class Handler(BaseHTTPRequestHandler):
    """GET shows the page, POST writes an entry; /healthz says whether redis answers."""

    def do_GET(self):
        self.guarded(lambda: redis("PING").decode() if self.path == "/healthz" else page())

    def do_POST(self):
        size = min(int(self.headers.get("Content-Length") or 0), 4 * LONGEST)
        fields = urllib.parse.parse_qs(self.rfile.read(size).decode(errors="replace"))
        entry = fields.get("entry", [""])[0][:LONGEST]
        self.guarded(lambda: (redis("LPUSH", KEY, entry), page())[1])

    def guarded(self, work):
        try:
            self.answer(200, work())
        except (OSError, RuntimeError) as error:
            self.answer(503, f"redis: {error}\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Listens on addresses of both families, where there are both."""

    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


if __name__ == "__main__":
    Server(("", 8000), Handler).serve_forever()
