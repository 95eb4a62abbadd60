"""nginx with docker/nginx.conf in front of a service on loopback, without TLS and on a free port."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_CONF = Path(__file__).parents[2] / "docker" / "nginx.conf"
_STARTING_S = 20.0


def there() -> bool:
    """Whether nginx is installed (Debian's package nginx-light or nginx)."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is not None


@contextlib.contextmanager
def in_front_of(port: int, tiles: Path) -> Iterator[int]:
    """Passes on to a service that lays its tiles in `tiles`; yields nginx's port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        own = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="gridtwin-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nginx.conf").write_text(_adapted(folder, port, own, tiles))
        command = ["nginx", "-p", name, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"}
        with (folder / "said").open("w+") as said:
            process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
            try:
                until = time.monotonic() + _STARTING_S
                while True:
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", own), timeout=1):
                        break
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError((folder / "said").read_text()[-2000:])
                    time.sleep(0.05)
                yield own
            finally:
                process.terminate()
                process.wait(20)


def _adapted(folder: Path, port: int, own: int, tiles: Path) -> str:
    conf = _CONF.read_text()
    conf = re.sub(r"  server \{\n    listen 80;.*?\n  \}\n", "", conf, count=1, flags=re.DOTALL)  # the way to TLS
    conf = re.sub(r"^\s*(ssl_\w+|listen \[::\]|add_header Strict-Transport-Security).*\n", "", conf, flags=re.MULTILINE)
    for its, ours in (
        ("pid /run/nginx.pid;", f"pid {folder}/pid;"),
        ("include mime.types;", "include /etc/nginx/mime.types;" + "".join(
            f" {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{own};"),
        ("server service:8000;", f"server 127.0.0.1:{port};"),
        ("root /tiles;", f"root {tiles};"),
        ("/dev/stdout", f"{folder}/access"),
        ("/dev/stderr", f"{folder}/errors"),
    ):  # fmt: skip
        assert its in conf, its
        conf = conf.replace(its, ours)
    return conf
