"""Standard output, the one way to it: written whole, or one clear error; a reader that has had enough is no fault."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import BinaryIO

from daemon.errors import TrailwardenError


def write_out(pieces: Iterable[bytes]) -> None:
    """Write them all now. A reader that is gone (`| head`) is no fault. Raises TrailwardenError."""
    if sys.stdout is None:  # closed by who started us
        raise TrailwardenError("standard output is closed")
    out = sys.stdout.buffer
    try:
        sys.stdout.flush()  # what others wrote stands before
        out.writelines(pieces)
        out.flush()
    except BrokenPipeError:
        _discard_the_rest(out)
    except OSError as fault:
        _discard_the_rest(out)
        raise unwritable(fault) from fault


def write_text(text: str) -> None:
    """The same for text; what the terminal's encoding does not know becomes a question mark."""
    encoding = sys.stdout.encoding if sys.stdout is not None else None
    write_out([text.encode(encoding or "utf-8", "replace")])


def finish_output() -> None:
    """Find out whether all that was written to standard output, by whomever, got there. Raises TrailwardenError."""
    if sys.stdout is not None:
        write_out(())


def unwritable(fault: OSError) -> TrailwardenError:
    """What a person is told."""
    return TrailwardenError(f"standard output cannot be written: {fault.strerror}")


def _discard_the_rest(out: BinaryIO) -> None:
    """What is still buffered would fail again when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out.fileno())
    os.close(nowhere)
