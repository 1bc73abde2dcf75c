"""The other end of Socket Mode: a WebSocket server (RFC 6455) on a loopback port, which a test makes press buttons.

It keeps what was acknowledged, and can close politely, break off, keep silent, or ask to connect anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class SocketServer:
    """Use as a context manager. `url` is what apps.connections.open answers."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, tuple[Mapping[str, Any], float]] = {}  # by envelope: what was said, after how long
        self.connections: list[socket.socket] = []  # those that were ever made
        self.answers_pings = True
        self._sent_at: dict[str, float] = {}
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._count = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._listener.getsockname()[1]}/link?ticket=1"

    def __enter__(self) -> SocketServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Every connection ends."""
        for each in self.connections:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def wait_connected(self, count: int = 1) -> None:
        """Wait until so many connections were made, ever."""
        self._wait(lambda: len(self.connections) >= count, f"{count} connections")

    def press(self, payload: Mapping[str, Any], *, envelope_id: str | None = None) -> Mapping[str, Any]:
        """Send an interaction and wait until it is acknowledged; gives the payload of the acknowledgement."""
        with self._changed:
            self._count += 1
            envelope = envelope_id or f"envelope-{self._count}"
            self.acknowledged.pop(envelope, None)
            self._sent_at[envelope] = time.monotonic()
        self.send({"type": "interactive", "envelope_id": envelope, "payload": payload})
        self._wait(lambda: envelope in self.acknowledged, f"{envelope} is acknowledged")
        answer, after_s = self.acknowledged[envelope]
        assert after_s < 3
        return answer.get("payload") or {}

    def send(self, message: Mapping[str, Any]) -> None:
        """Send to the newest connection."""
        self.connections[-1].sendall(_frame(_TEXT, json.dumps(message).encode()))

    def ask_to_connect_anew(self) -> None:
        """As Slack does every few hours."""
        self.send({"type": "disconnect", "reason": "refresh_requested"})

    def close_politely(self) -> None:
        """A close frame."""
        self.connections[-1].sendall(_frame(_CLOSE, struct.pack("!H", 1000)))

    def break_off(self) -> None:
        """The connection ends without a word."""
        self.connections[-1].shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            stream = connection.makefile("rb")
            headers = dict(
                line.decode().strip().split(": ", 1) for line in iter(stream.readline, b"\r\n") if b": " in line
            )
            key = base64.b64encode(hashlib.sha1(headers["Sec-WebSocket-Key"].encode() + _MAGIC).digest()).decode()
            said = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n"
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + said.encode())
            connection.sendall(_frame(_TEXT, b'{"type": "hello", "num_connections": 1}'))
            with self._changed:
                self.connections.append(connection)
                self._changed.notify_all()
            while (received := _read(stream)) is not None:
                self._take(connection, *received)
        except OSError:
            return
        finally:
            connection.close()

    def _take(self, connection: socket.socket, opcode: int, data: bytes) -> None:
        if opcode == _PING and self.answers_pings:
            connection.sendall(_frame(_PONG, data))
        if opcode == _TEXT:
            message = json.loads(data)
            with self._changed:
                envelope = message["envelope_id"]
                self.acknowledged[envelope] = message, time.monotonic() - self._sent_at.get(envelope, 0.0)
                self._changed.notify_all()

    def _wait(self, look: Any, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(look, timeout=30), f"waited in vain: {what}"


def _frame(opcode: int, data: bytes) -> bytes:
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
    return bytes([0x80 | opcode]) + size + data


def _read(stream: Any) -> tuple[int, bytes] | None:
    head = stream.read(2)
    if len(head) < 2:
        return None
    opcode, length = head[0] & 0x0F, head[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", stream.read(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", stream.read(8))
    mask = stream.read(4)
    data = stream.read(length)
    return opcode, bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
