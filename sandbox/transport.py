"""How an answer leaves the server: whole, cut short, dripping, or as a reset connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.faults import Fault
    from sandbox.wire import Answer

_DRIPS_PER_SECOND = 20


async def send(request: web.BaseRequest, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    """Put an answer on the wire, damaged in the way the fault says."""
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if fault is None or fault.action not in ("cut", "reset", "slow"):
        return web.Response(body=answer.body, status=answer.status, headers=headers)
    if fault.action == "reset":
        return _reset(request)
    if fault.action == "slow" and "bytes_per_second" not in fault.settings:
        await asyncio.sleep(float(fault.settings.get("seconds", 1.0)))
        return web.Response(body=answer.body, status=answer.status, headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    if fault.action == "cut":
        keep = int(len(answer.body) * float(fault.settings.get("keep", 0.5)))
        await response.write(answer.body[:keep])
        if request.transport is not None:
            request.transport.close()
        return response
    await _drip(response, answer.body, float(fault.settings["bytes_per_second"]))
    return response


async def _drip(response: web.StreamResponse, body: bytes, rate: float) -> None:
    step = max(1, int(rate / _DRIPS_PER_SECOND))
    for begin in range(0, len(body), step):
        await response.write(body[begin : begin + step])
        await asyncio.sleep(step / rate)


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    if request.transport is not None:
        wire = request.transport.get_extra_info("socket")
        # Lingering for no time turns the close into a reset.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
