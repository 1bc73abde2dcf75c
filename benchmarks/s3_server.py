"""As much of S3 as a daemon asks of a trail's bucket, cheap enough to stand beside it: listings in pages, and objects.

`python -m benchmarks.s3_server --files 100000` makes the trail, prints its port, and serves until it is ended. Every
file holds events of its own. One thread, some 50 µs a request; it asks for no credentials.
"""

from __future__ import annotations

import argparse
import asyncio
import email.utils
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from benchmarks.trailgen import SHAPES, generate_trail

BUCKET = "trail"
_PAGE = 1_000


class Bucket:
    """Objects by key, and what a listing says of them."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = objects
        self._keys = sorted(objects)

    def get(self, key: str) -> bytes | None:
        """An object's content."""
        return self._objects.get(key)

    def page(self, query: Mapping[str, str]) -> str:
        """A page of ListObjectsV2."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        most = min(int(query.get("max-keys", _PAGE)), _PAGE)
        keys, folders, last = list[str](), list[str](), ""
        for key, folder in self._walk(prefix, delimiter, after):
            if len(keys) + len(folders) == most:
                return self._xml(keys, folders, resume=last)
            (folders if folder else keys).append(folder or key)
            last = f"{folder}\U0010ffff" if folder else key
        return self._xml(keys, folders, resume=None)

    def _walk(self, prefix: str, delimiter: str, after: str) -> Iterator[tuple[str, str]]:
        """Keys from there on, or the folder that stands for them."""
        at = max(bisect_left(self._keys, prefix), bisect_right(self._keys, after))
        while at < len(self._keys) and self._keys[at].startswith(prefix):
            key = self._keys[at]
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if found:
                folder = f"{prefix}{head}{delimiter}"
                yield key, folder
                at = bisect_left(self._keys, f"{folder}\U0010ffff")
            else:
                yield key, ""
                at += 1

    def _xml(self, keys: list[str], folders: list[str], *, resume: str | None) -> str:
        token = "" if resume is None else f"<NextContinuationToken>{escape(resume)}</NextContinuationToken>"
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-03-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{len(key):032x}&quot;</ETag><Size>{len(self._objects[key])}</Size></Contents>"
            for key in keys
        )
        common = "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders)
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><IsTruncated>{'true' if token else 'false'}</IsTruncated>{token}{contents}{common}"
            "</ListBucketResult>"
        )


class Answering(asyncio.Protocol):
    """One connection: requests without a body, one after the other."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._received = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio says."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """As asyncio says."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            request, self._received = self._received[:end], self._received[end + 4 :]
            self._answer(request.split(b" ", 2)[1].decode())

    def _answer(self, target: str) -> None:
        path, _, asked = target.partition("?")
        key = unquote(path.removeprefix(f"/{BUCKET}").lstrip("/"))
        if key:
            body, kind = self._bucket.get(key), "application/x-gzip"
        else:
            query = {name: values[0] for name, values in parse_qs(asked).items()}
            body, kind = self._bucket.page(query).encode(), "application/xml"
        status = "404 Not Found" if body is None else "200 OK"
        body = b"" if body is None else body
        head = f'HTTP/1.1 {status}\r\nDate: {_date()}\r\nContent-Type: {kind}\r\nETag: "0"\r\n'
        self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def _date() -> str:
    return email.utils.formatdate(time.time(), usegmt=True)


async def serve(bucket: Bucket) -> None:
    """Answer on a free port of the loopback until cancelled; prints the port."""
    server = await asyncio.get_running_loop().create_server(lambda: Answering(bucket), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Make the trail and serve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    asyncio.run(serve(Bucket(dict(generate_trail(args.seed, args.files, SHAPES["small"].sizes)))))


if __name__ == "__main__":
    main()
