"""A tile server on loopback, as an administrator's background: it counts what it is asked."""

import contextlib
import io
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image


class Source(ThreadingHTTPServer):
    """A tile server that counts what it is asked, and answers what the first word of the path says."""

    def __init__(self):
        self.asked = Counter()
        self.broken = False
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked[self.path] += 1
        _, kind, *numbers = self.path.split("?")[0].split("/")
        status, headers, body = 200, {"Content-Type": "image/png"}, b""
        if self.server.broken or kind == "broken":
            status = 500
        elif kind == "elsewhere":
            status, headers = 302, {"Location": f"{self.server.url}/plain/1/0/0"}
        elif kind == "page":
            body = b"<html><script>alert(1)</script></html>"
        elif kind == "huge":
            body = b"\x89PNG\r\n\x1a\n" + bytes(3 * 2**20)
        elif kind == "none":
            status = 404
        elif kind == "noise":
            body = png(np.random.default_rng(1).integers(0, 256, (450, 450, 3), np.uint8))
        elif kind == "red":
            body = png(np.full((256, 256, 3), (200, 40, 40), np.uint8))
        elif kind == "degrees":
            body = latitudes(*map(int, numbers))
        else:
            body = png(np.full((256, 256, 3), [int(n) % 256 for n in numbers], np.uint8))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving() -> Iterator[Source]:
    """A source while it answers."""
    with Source() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def latitudes(z, x, y):
    """A tile of degrees whose red and green say the latitude of each pixel in hundredths of a degree from the south pole."""
    at = 90 - (y + (np.arange(256) + 0.5) / 256) * 360 / 2**z
    said = np.round((at + 90) * 100).astype(np.uint16)
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2] = (said >> 8)[:, None], (said & 255)[:, None], x % 256
    return png(pixels)
