from __future__ import annotations

import os
from pathlib import Path

from daemon.sources.inputs.folders import paths_below
from daemon.sources.inputs.found import PassedOver


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"{}")


def below(folder: Path) -> list[str]:
    return [path.removeprefix(f"{folder}/") for path in paths_below(str(folder)) if isinstance(path, str)]


def test_a_link_to_itself_costs_none_of_the_files_beside_it(tmp_path: Path) -> None:
    lay(tmp_path, "a.json", "z.json")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert below(tmp_path) == ["a.json", "loop", "z.json"]


def test_a_folder_linked_into_itself_is_walked_once(tmp_path: Path) -> None:
    lay(tmp_path, "logs/a.json")
    (tmp_path / "logs" / "again").symlink_to(tmp_path / "logs")
    assert below(tmp_path) == ["logs/a.json"]
    assert [item.url for item in paths_below(str(tmp_path)) if isinstance(item, PassedOver)] == [
        f"file:{tmp_path}/logs/again"
    ]


def test_folders_that_are_all_linked_to_each_other_do_not_multiply(tmp_path: Path) -> None:
    folders = [tmp_path / f"folder-{number}" for number in range(9)]
    for folder in folders:
        lay(folder, "a.json")
        for other in folders:
            (folder / f"to-{other.name}").symlink_to(other)
    found = below(tmp_path)
    assert {f"{folder.name}/a.json" for folder in folders} <= set(found)
    assert len(found) <= 2 * len(folders)


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path: Path) -> None:
    lay(tmp_path, "elsewhere/a.json", "here/b.json")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    assert below(tmp_path / "here") == ["b.json", "link/a.json"]


def test_folders_may_be_as_deep_as_paths_can_be_long(tmp_path: Path) -> None:
    levels = [f"{tmp_path}/{'d/' * depth}" for depth in range(1, 1_500)]
    for level in levels:
        os.mkdir(level)
    deepest = Path(levels[-1], "a.json")
    deepest.write_bytes(b"{}")
    assert below(tmp_path) == [str(deepest.relative_to(tmp_path))]
    deepest.unlink()
    for level in reversed(levels):  # what tidies up after tests could not
        os.rmdir(level)
