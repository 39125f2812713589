"""Just enough of RFC 6455 for the server's side of a kubelet's streams, in one thread per connection."""

from __future__ import annotations

import base64
import hashlib
import select
import ssl

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BINARY, _CLOSE, _PING, _PONG = 0x2, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
_SHORT, _MEDIUM, _LONG = 125, 126, 127
_NORMAL_CLOSURE = (1000).to_bytes(2, "big")


def accept_key(key: str) -> str:
    """Return the proof that the handshake's key was read."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID.encode(), usedforsecurity=False).digest()).decode()


class ServerSocket:
    """The server's end of an upgraded connection."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        """Take over a connection after the handshake; what was read ahead of it stays there."""
        self._connection = connection
        self._buffer = b""
        self.closed = False

    def send(self, channel: int, data: bytes) -> None:
        """Send one binary message: the channel's number, then the data."""
        self._send_frame(_BINARY, bytes([channel]) + data)

    def receive(self, timeout: float) -> bytes | None:
        """Return one message, or None if none comes in time or the client has closed (then `closed` is set)."""
        while not self.closed:
            frame = self._frame()
            if frame is None:
                if not self._fill(timeout):
                    return None
                continue
            opcode, payload = frame
            if opcode == _CLOSE:
                self.close()
            elif opcode == _PING:
                self._send_frame(_PONG, payload)
            elif opcode != _PONG and payload:
                return payload
        return None

    def close(self) -> None:
        """Say that it is over; the connection's owner closes it."""
        if not self.closed:
            self.closed = True
            self._send_frame(_CLOSE, _NORMAL_CLOSURE)

    def _fill(self, timeout: float) -> bool:
        # TLS may hold decrypted bytes that select does not see.
        if not self._connection.pending() and not select.select([self._connection], [], [], timeout)[0]:
            return False
        received = self._connection.recv(65536)
        self._buffer += received
        if not received:
            self.closed = True
        return bool(received)

    def _frame(self) -> tuple[int, bytes] | None:
        """Take one whole frame off the buffer, if there is one; clients mask theirs."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        opcode, masked, length, at = buffer[0] & 0x0F, buffer[1] & _MASKED, buffer[1] & 0x7F, 2
        if length in {_MEDIUM, _LONG}:
            size = 2 if length == _MEDIUM else 8
            if len(buffer) < at + size:
                return None
            length, at = int.from_bytes(buffer[at : at + size], "big"), at + size
        mask = buffer[at : at + 4] if masked else b""
        at += 4 if masked else 0
        if len(buffer) < at + length:
            return None
        payload = buffer[at : at + length]
        self._buffer = buffer[at + length :]
        if mask:
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        return opcode, payload

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        if len(payload) <= _SHORT:
            head = bytes([_FINAL | opcode, len(payload)])
        elif len(payload) < 2**16:
            head = bytes([_FINAL | opcode, _MEDIUM]) + len(payload).to_bytes(2, "big")
        else:
            head = bytes([_FINAL | opcode, _LONG]) + len(payload).to_bytes(8, "big")
        self._connection.sendall(head + payload)
