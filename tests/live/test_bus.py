"""OwnTracks over MQTT, through a real NATS server."""

import asyncio
import json
import shutil
import socket
import subprocess
import time

import nats
import psycopg
import pytest
from nats.js.errors import NotFoundError
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv311

from gis.settings import Settings
from gridtwin.app import create_app
from tests.conftest import serving
from tests.live.conftest import eventually

NATS = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NATS is None, reason="nats-server (Debian's package) isn't installed")

CONFIG = """
server_name: bus
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}" }}
mqtt {{ listen: "127.0.0.1:{mqtt}" }}
authorization {{
  users = [
    {{ user: gridtwin, password: "inside" }}
    {{ user: phones, password: "outside", permissions: {{ publish: "owntracks.>", subscribe: {{ deny: ">" }} }} }}
  ]
}}
"""


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Server:
    """A NATS server in a folder; what it kept is there again when it starts again."""

    def __init__(self, folder):
        self.port, self.mqtt = free_port(), free_port()
        self._config = folder / "nats.conf"
        self._config.write_text(CONFIG.format(port=self.port, mqtt=self.mqtt, folder=folder / "kept"))
        self._process = None

    def start(self):
        self._process = subprocess.Popen([NATS, "-c", self._config], stderr=subprocess.DEVNULL)
        eventually(self._answers)

    def _answers(self):
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.mqtt)) == 0

    def stop(self):
        self._process.kill()
        self._process.wait()

    def wait_for_us(self):
        """Waits until the service has its place in what the server keeps: before that nobody waits for a message."""
        eventually(lambda: asyncio.run(self._waited_for()), seconds=20)

    async def _waited_for(self):
        client = await nats.connect(self.url)
        try:
            await client.jetstream().consumer_info("$MQTT_msgs", "gridtwin")
        except NotFoundError:
            return False
        finally:
            await client.close()
        return True

    @property
    def url(self):
        return f"nats://gridtwin:inside@127.0.0.1:{self.port}"


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def publish(server):
    """Publishes as a phone does; returns when the broker has answered."""

    def send(topic, message, *, qos=1):
        phone = Client(CallbackAPIVersion.VERSION2, client_id="phone", protocol=MQTTv311)
        phone.username_pw_set("phones", "outside")
        phone.connect("127.0.0.1", server.mqtt)
        phone.loop_start()
        told = phone.publish(topic, message if isinstance(message, str) else json.dumps(message), qos=qos)
        told.wait_for_publish(20)
        assert told.is_published()
        phone.disconnect()
        phone.loop_stop()

    return send


def location(lon, *, ago=0):
    return {
        "_type": "location",
        "lat": 36.05,
        "lon": lon,
        "tst": int(time.time()) - ago,
        "acc": 8,
        "batt": 46,
        "vel": 36,
    }


def stored(dsn):
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT worker, round(ST_X(geom)::numeric, 3)::float8, speed FROM fix ORDER BY 2")
        return rows.fetchall()


def test_a_phones_position_is_stored_and_shown(street, service, run_service, dsn, server, publish):
    admin = service.client("admin")
    enrolled = admin.post("/api/devices", json={"worker": "worker1", "app": "owntracks"}).json()
    token = enrolled["token"]
    seen = run_service(dsn, bus_url=server.url).client("admin")
    server.wait_for_us()
    publish(f"owntracks/phones/{enrolled['id']}-{token}", location(118.02, ago=240))  # the default topic
    publish(f"owntracks/worker1/{token}", location(118.03, ago=120), qos=0)
    publish(f"owntracks/worker1/{token}", {"_type": "lwt", "tst": 1})
    publish(f"owntracks/worker1/{token}", "no JSON at all")
    publish("owntracks/worker1/aaaaaaaaaaaaaaaaaaaaaaaaaaa", location(118.07))  # nobody's token
    publish(f"owntracks/worker2/{token}", location(118.08))  # another worker's
    publish(f"owntracks/worker1/{token}", location(118.04))
    eventually(lambda: len(stored(dsn)) >= 3)
    assert stored(dsn) == [("worker1", place, 10.0) for place in (118.02, 118.03, 118.04)]
    eventually(lambda: seen.get("/api/workers").json()["features"][0]["geometry"]["coordinates"][0] == 118.04)


def test_what_the_broker_took_while_the_service_was_away_is_stored_once(street, service, dsn, server, publish):
    token = service.client("admin").post("/api/devices", json={"worker": "worker1", "app": "owntracks"}).json()["token"]
    topic = f"owntracks/worker1/{token}"
    settings = Settings(bus_url=server.url, database_pool=4)
    with serving(create_app(settings, dsn)):
        server.wait_for_us()
        publish(topic, location(118.01, ago=30))
        eventually(lambda: len(stored(dsn)) == 1)
    for number in (2, 3, 4):
        publish(topic, location(118 + number / 100, ago=10))
    server.stop()
    server.start()
    with serving(create_app(settings, dsn)):
        eventually(lambda: len(stored(dsn)) == 4, seconds=20)
    assert [row[1] for row in stored(dsn)] == [118.01, 118.02, 118.03, 118.04]


def test_a_mistyped_address_is_named():
    with pytest.raises(ValueError, match="nats://"):
        Settings(bus_url="http://bus:4222")
