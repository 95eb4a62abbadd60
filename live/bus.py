"""OwnTracks over MQTT: what phones publish to a NATS server, stored like any other fix (GRIDTWIN_BUS_URL).

NATS keeps a message (QoS 1) on its disk before it answers the phone, and gives it up only when it is acknowledged here,
which is after the commit. What can't be stored now comes again; what can never be stored is let go and logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import nats
import structlog
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from gis.access.devices import Device
from gis.errors import BadRequest, GridtwinError
from live.fix import Fix
from live.formats import owntracks

log = structlog.get_logger("live.bus")

_STREAM = "$MQTT_msgs"  # where NATS keeps MQTT messages of QoS 1, as long as somebody waits for them
_KEPT = "$MQTT.msgs."
_TOPICS = "owntracks.>"
_DURABLE = "gridtwin"
_QOS = "Nmqtt-Pub"
_GROUP = 500
_ANSWERED_S = 60.0  # what isn't acknowledged by then comes again
_AGAIN_S = 2.0
_WAIT_S = 5.0

Find = Callable[[str, str], Awaitable[Device | None]]
Take = Callable[[Device, list[Fix]], Awaitable[object]]


class Bus:
    """The connection to NATS, kept up for as long as the service runs.

    `find` knows the phone of a topic's user and device part, `take` stores a phone's fixes.
    """

    def __init__(self, url: str, find: Find, take: Take, now: Callable[[], int]) -> None:
        self._url = url
        self._find = find
        self._take = take
        self._now = now

    async def run(self) -> None:
        """Takes messages for ever; without a server it tries again."""
        while True:
            try:
                await self._serve()
            except (nats.errors.Error, OSError, TimeoutError) as away:
                log.warning("bus.away", why=type(away).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def _serve(self) -> None:
        client = await nats.connect(
            [each.strip() for each in self._url.split(",")],
            name="gridtwin",
            connect_timeout=int(_WAIT_S),
            allow_reconnect=False,
            error_cb=_note,
        )
        try:
            subscription = await _kept(client.jetstream())
            await client.subscribe(_TOPICS, cb=self._once)
            log.info("bus.connected")
            while client.is_connected:
                try:
                    messages = await subscription.fetch(_GROUP, timeout=_WAIT_S)
                except TimeoutError:
                    continue
                await asyncio.gather(*(self._settle(message) for message in messages))
        finally:
            await client.close()

    async def _once(self, message: Msg) -> None:
        """A message that NATS doesn't keep (QoS 0): nobody was promised anything."""
        if (message.headers or {}).get(_QOS, "0") == "0":
            await self._stored(message.subject, message.data)

    async def _settle(self, message: Msg) -> None:
        try:
            again = not await self._stored(message.subject.removeprefix(_KEPT), message.data)
            await (message.nak(_AGAIN_S) if again else message.ack())
        except (nats.errors.Error, OSError) as away:
            log.warning("bus.not_acknowledged", why=type(away).__name__)  # it comes again, and is a duplicate then

    async def _stored(self, subject: str, body: bytes) -> bool:
        """Whether a message is done with: stored, or one that never can be."""
        names = subject.split(".")
        try:
            device = await self.phone(names[1:])
            if device is None:
                log.warning("bus.unknown_phone", user=names[1] if len(names) > 1 else "")  # the rest may be a secret
                return True
            await self._take(device, owntracks.read(body, self._now()))
        except BadRequest as broken:
            log.warning("bus.unreadable", user=names[1], why=str(broken))
        except GridtwinError:
            return False
        except Exception:
            log.exception("bus.failed")
            return False
        return True

    async def phone(self, names: Sequence[str]) -> Device | None:
        """The phone of a topic's parts after `owntracks`: user (its worker's or its own id) and device (its token).

        Where the user is the broker's login, the device says whose it is: `<id>-<token>`.
        """
        if len(names) < 2:
            return None
        user, device = names[:2]
        token = device.rpartition("-")[2]
        return await self._find(user, token) or (await self._find(device[: -len(token) - 1], token) if token else None)


async def _kept(stream: JetStreamContext) -> JetStreamContext.PullSubscription:
    """Our place in what NATS keeps of MQTT messages; what is published before NATS had a phone waits there, too."""
    try:
        await stream.stream_info(_STREAM)
    except NotFoundError:
        await stream.add_stream(StreamConfig(name=_STREAM, subjects=[f"{_KEPT}>"], retention=RetentionPolicy.INTEREST))
    return await stream.pull_subscribe(
        f"{_KEPT}{_TOPICS}",
        durable=_DURABLE,
        stream=_STREAM,
        config=ConsumerConfig(ack_wait=_ANSWERED_S, max_ack_pending=4 * _GROUP),
    )


async def _note(error: Exception) -> None:
    log.warning("bus.error", why=type(error).__name__)
