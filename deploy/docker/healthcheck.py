"""Exit 0 when the daemon beside us in the container says that it is well; the image's HEALTHCHECK and ECS run this.

Only the standard library, and no proxy: urllib would follow HTTP_PROXY also to ourselves.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException


def is_well(listen: str) -> bool:
    """Ask /healthz at the port of `listen` (`0.0.0.0:8099`), over loopback where the daemon listens everywhere."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    connection = HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port), timeout=4)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_well(os.environ.get("HTTP_LISTEN", "127.0.0.1:8099")) else 1)
