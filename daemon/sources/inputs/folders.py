"""Walks what lies below a folder in the order of URLs, with the names of one folder after the other in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from daemon.sources.inputs.found import NotRead, PassedOver


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """`real` is its path without links, by which a folder that was met before is known again."""

    path: str
    real: str
    is_link: bool = False


def paths_below(root: str) -> Iterator[str | NotRead | PassedOver]:
    """Every file below a folder, given without links in its path; and what is not looked into, with the reason.

    Links are followed, each folder behind one once: folders that are linked to each other would never end.
    """
    entered = {root}
    open_folders = [_items(_Folder(path=root, real=root))]  # no recursion: folders may lie deeper than the stack is
    while open_folders:
        item = next(open_folders[-1], None)
        if item is None:
            open_folders.pop()
        elif not isinstance(item, _Folder):
            yield item
        elif item.is_link and item.real in entered:
            yield PassedOver(url=url_of(item.path), reason="a link to a folder that was read already")
        else:
            entered.add(item.real)
            open_folders.append(_items(item))


def url_of(path: str) -> str:
    """The path as a URL that can be printed, also where a name is no UTF-8."""
    return "file:" + (path if path.isascii() else path.encode("utf-8", "backslashreplace").decode())


def why(fault: OSError) -> str:
    """What the system says."""
    return fault.strerror or str(fault)


def _items(folder: _Folder) -> Iterator[str | _Folder | NotRead | PassedOver]:
    try:
        with os.scandir(folder.path) as listing:
            # Just names, since a folder may hold millions; the slash makes them sort as their URLs do.
            names = sorted(f"{entry.name}/" if _is_folder(entry) else entry.name for entry in listing)
    except OSError as fault:
        yield NotRead(url=url_of(folder.path), reason=why(fault))
        return
    for name in names:
        path = os.path.join(folder.path, name.rstrip("/"))
        if name.startswith("."):
            yield PassedOver(url=url_of(path), reason="its name begins with a dot")
        elif not name.endswith("/"):
            yield path
        elif os.path.islink(path):
            yield _Folder(path=path, real=os.path.realpath(path), is_link=True)
        else:
            yield _Folder(path=path, real=os.path.join(folder.real, name.rstrip("/")))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, or to where we may not look: told when it is opened as a file
        return False
