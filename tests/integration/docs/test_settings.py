"""The page on configuration and the example know every setting, with its true default; every snippet loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from daemon.config import Config, DestinationConfig, load_config
from daemon.detect.load import load_file
from tests.e2e.harness import REPOSITORY
from tests.integration.docs.pages import Block, blocks

PAGE = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (REPOSITORY / "config.example.yaml").read_text(encoding="utf-8")
SLACK_MANIFEST = "display_information"
DESTINATIONS = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(DestinationConfig)[0])
}
ROW = re.compile(r"^\| (`[^|]+`) \|(?: `([^`]+)`)?[^|]*\|", re.MULTILINE)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a type is made of, through tuples, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def settings(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every setting."""
    for name, field in model.model_fields.items():
        path = (*prefix, field.alias or name)
        yield path
        for inner in models_in(field.annotation):
            yield from settings(inner, path)


EVERY = sorted(set(settings(Config)))


def part(name: str) -> str:
    """The text under the heading that names this section."""
    found = re.search(rf"^## [^\n]*`{name}`.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/configuration.md has no heading for {name}"
    return found[0]


@pytest.mark.parametrize("path", EVERY, ids=".".join)
def test_the_page_explains_it(path: tuple[str, ...]) -> None:
    section, name = part(path[0]), path[-1]
    assert re.search(rf"`({re.escape('.'.join(path))}|{name}(: \w+)?)`", section)


@pytest.mark.parametrize("path", EVERY, ids=".".join)
def test_the_example_has_it(path: tuple[str, ...]) -> None:
    section = re.search(rf"^{path[0]}:.*?(?=^\w|\Z)", EXAMPLE, re.MULTILINE | re.DOTALL)
    assert section
    assert re.search(rf"\b{path[-1]}(\||:)", section[0])


DEFAULTS = [
    (name, key.strip("` "), default)
    for name in ("sources", "rules", "state", "http")
    for keys, default in ROW.findall(part(name))
    for key in keys.split(",")
    if default
]


@pytest.mark.parametrize(("section", "key", "written"), DEFAULTS, ids=[f"{d[0]}.{d[1]}" for d in DEFAULTS])
def test_a_default_on_the_page_is_the_default(section: str, key: str, written: str, tmp_path: Path) -> None:
    key = key.removeprefix(f"{section}.")
    plain: dict[str, Any] = {"sources": [{"url": "file:bucket"}]}
    said = yaml.load(written, Loader=yaml.BaseLoader)
    if key.startswith("log."):
        spoken = plain | {"log": {key.removeprefix("log."): said}}
    elif key == "workers":
        spoken = plain | {"workers": said}
    elif section == "sources":
        spoken = {"sources": [{"url": "file:bucket", key: said}]}
    else:
        spoken = plain | {section: {key: said}}
    assert loaded(spoken, tmp_path) == loaded(plain, tmp_path)


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_a_default_of_a_destination_is_the_default(kind: str) -> None:
    table = part("destinations").partition(f"| `type: {kind}` |")[2].partition("\n\n")[0]
    fields = DESTINATIONS[kind].model_fields
    rows = [(key.strip("`"), default) for key, default in ROW.findall(table) if default]
    assert rows
    assert {key: _written(fields[key].default) for key, _ in rows} == dict(rows)


def _written(default: object) -> str:
    """A default as somebody would write it."""
    return f"{default // timedelta(hours=1)}h" if isinstance(default, timedelta) else str(default)


SNIPPETS = [block for block in blocks("yaml") if not block.text.startswith("title:")]
RULES = [block for block in blocks("yaml") if block.text.startswith("title:")]


@pytest.mark.parametrize("block", SNIPPETS, ids=[f"{block.page}: {block.text.split()[0]}" for block in SNIPPETS])
def test_a_piece_of_configuration_loads(block: Block, tmp_path: Path) -> None:
    snippet = yaml.load(block.text, Loader=yaml.BaseLoader)
    if SLACK_MANIFEST in snippet:
        assert "chat:write" in snippet["oauth_config"]["scopes"]["bot"]
        return
    assert loaded({"sources": [{"url": "file:bucket"}]} | snippet, tmp_path)


@pytest.mark.parametrize("block", RULES, ids=[block.page for block in RULES])
def test_a_rule_on_a_page_loads_without_fault(block: Block) -> None:
    assert load_file("page.yml", block.text.encode(), variables={"office": ["192.0.2.0/24"]}).problems == ()


def test_the_example_loads_as_it_stands() -> None:
    assert load_config(REPOSITORY / "config.example.yaml", {}).without_credential == ("security",)


def test_what_the_example_says_is_the_default_except_where_there_is_none(tmp_path: Path) -> None:
    example = load_config(REPOSITORY / "config.example.yaml", {})
    bare = loaded({"sources": [{"url": "file:examples/bucket"}]}, tmp_path)
    assert (bare.destinations, bare.notices) == ((), ())
    for section in ("rules", "http", "log", "workers"):
        assert getattr(example, section) == getattr(bare, section), section
    assert example.state.model_dump(exclude={"url"}) == bare.state.model_dump(exclude={"url"})
    assert example.state.url.endswith("/data/trailwarden.db")
    assert bare.state.url.endswith("/data/trailwarden.db")
    (watched,), (plain,) = example.sources, bare.sources
    assert watched.model_dump(exclude={"url"}) == plain.model_dump(exclude={"url"})


def loaded(tree: dict[str, Any], folder: Path) -> Config:
    """A configuration file of this content, read the way the program reads it."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return load_config(path, {})
