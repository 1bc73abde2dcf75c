from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.detect.folders import MAX_BYTES, builtin_folder, find_rule_files


def names(folder: Path) -> list[str]:
    return [os.path.relpath(file.path, folder) for file in find_rule_files([str(folder)]).files]


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())


def test_folders_are_searched_all_the_way_down_in_order_of_names(tmp_path: Path) -> None:
    put(tmp_path, "b.yaml", "a/z.yml", "a/b/c.yml", "README.md", "x.yml.bak")
    assert names(tmp_path) == ["a/b/c.yml", "a/z.yml", "b.yaml"]


def test_names_that_begin_with_a_dot_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.yml", ".git/a.yml", "a.yml")
    assert names(tmp_path) == ["a.yml"]


def test_the_symlinks_of_a_mounted_config_map_are_each_read_once(tmp_path: Path) -> None:
    put(tmp_path, "..2026_01_31/a.yml", "..2026_01_31/b.yml")
    (tmp_path / "..data").symlink_to("..2026_01_31")
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    assert names(tmp_path) == ["a.yml", "b.yml"]


def test_a_symlink_that_leads_back_up_does_not_run_for_ever(tmp_path: Path) -> None:
    put(tmp_path, "a/x.yml")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert names(tmp_path) == ["a/x.yml"]


def test_a_single_file_may_be_named_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, "rule.txt")
    (file,) = find_rule_files([str(tmp_path / "rule.txt")]).files
    assert file.content == b"rule.txt"


def test_a_file_that_two_paths_lead_to_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, "a/x.yml")
    assert len(find_rule_files([str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/x.yml")]).files) == 1


def test_the_built_in_pack_has_names_that_are_the_same_everywhere() -> None:
    found = find_rule_files(["builtin:core"])
    assert found.problems == ()
    assert all(file.path.startswith("builtin:core/") for file in found.files)
    assert len(found.files) == len(list((builtin_folder() / "core").rglob("*.yml")))


@pytest.mark.parametrize("path", ["builtin:nothing", "/nowhere/at/all"])
def test_a_path_that_does_not_exist_is_a_problem(path: str) -> None:
    found = find_rule_files([path])
    assert [str(problem) for problem in found.problems] == [
        f"{path}: does not exist; check rules.paths, and that the folder is mounted"
    ]
    assert found.may_still_exist(f"{path}/a.yml")
    assert not found.may_still_exist(f"{path}2/a.yml")


def test_an_empty_folder_is_a_warning(tmp_path: Path) -> None:
    (problem,) = find_rule_files([str(tmp_path)]).problems
    assert problem.is_warning


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "b.yml").write_bytes(b"#" * MAX_BYTES)
    found = find_rule_files([str(tmp_path)])
    assert [Path(file.path).name for file in found.files] == ["b.yml"]
    assert "is larger than 1024 KiB" in str(found.problems[0])


def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yml")
    (problem,) = find_rule_files([str(tmp_path)]).problems
    assert "is neither a file nor a folder" in str(problem)


def test_a_dangling_symlink_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to("gone.yml")
    put(tmp_path, "b.yml")
    found = find_rule_files([str(tmp_path)])
    assert (len(found.files), len(found.problems)) == (1, 1)
    assert found.may_still_exist(str(tmp_path / "a.yml"))


def test_a_symlink_to_itself_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to("a.yml")
    (problem,) = find_rule_files([str(tmp_path)]).problems
    assert "cannot be read: Too many levels of symbolic links" in str(problem)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "closed/b.yml")
    (tmp_path / "a.yml").chmod(0)
    (tmp_path / "closed").chmod(0)
    found = find_rule_files([str(tmp_path)])
    (tmp_path / "closed").chmod(0o700)
    assert [problem.what for problem in found.problems] == [
        "cannot be read: Permission denied",
        "the folder cannot be read: Permission denied",
    ]


def test_a_name_that_is_too_long_for_the_system_is_a_problem() -> None:
    (problem,) = find_rule_files(["/" + "x" * 5_000]).problems
    assert "cannot be read: File name too long" in str(problem)
