"""What the pages show is what the repository holds: files shown in full, links, images, names of make's targets."""

from __future__ import annotations

import re

import pytest

from tests.e2e.harness import REPOSITORY
from tests.integration.docs.pages import Block, blocks, code_spans, commands, exists, links, pages

# Named by a page, and made by who follows it or by a run.
MADE_BY_THE_READER = {"config.yaml"}
SHOWN = [block for language in ("json", "yaml") for block in blocks(language) if block.source]


@pytest.mark.parametrize("block", SHOWN, ids=[f"{block.page}: {block.source}" for block in SHOWN])
def test_a_file_that_a_page_shows_is_shown_as_it_is(block: Block) -> None:
    assert block.source
    assert block.text == (REPOSITORY / block.source).read_text(encoding="utf-8")


def test_the_readme_shows_the_policy_and_a_rule() -> None:
    shown = {block.source for block in SHOWN if block.page == "README.md"}
    assert shown == {"deploy/iam/policy.json", "examples/my-rules/iam-change-denied.yml"}


def test_every_link_within_the_repository_leads_somewhere() -> None:
    inner = [(page, target) for page, target in links() if not re.match(r"[a-z]+:", target)]
    assert len(inner) > 20
    assert [f"{page}: {target}" for page, target in inner if not exists(page, target)] == []


def test_links_to_the_outside_are_encrypted() -> None:
    assert [f"{page}: {target}" for page, target in links() if target.startswith("http:")] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {"README.md"}, ["README.md"]
    targets = [(page, target.partition("#")[0]) for page, target in links()]
    while waiting:
        page = waiting.pop()
        for source, target in targets:
            leads_to = ((REPOSITORY / source).parent / target).resolve()
            if source == page and leads_to.suffix == ".md" and leads_to.is_relative_to(REPOSITORY):
                found = str(leads_to.relative_to(REPOSITORY))
                waiting += [found] if found not in reached else []
                reached.add(found)
    assert set(pages()) - reached - {"CHANGELOG.md"} == set()


def test_a_page_that_shows_the_bare_command_says_where_it_is() -> None:
    bare = {page for page, command in commands() if command.startswith("trailwarden ")}
    told = {page for page, text in pages().items() if ".venv/bin/trailwarden" in text}
    assert "README.md" in told
    assert bare <= told


def test_every_target_of_make_that_a_page_names_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        (page, found) for page, code in [*commands(), *code_spans()] for found in re.findall(r"^make ([a-z-]+)", code)
    }
    assert {target for _, target in named} >= {"run", "test", "check"}
    assert {(page, target) for page, target in named if target not in targets} == set()


def test_the_readme_is_about_a_screen() -> None:
    prose = re.sub(r"```.*?```", "", pages()["README.md"], flags=re.DOTALL)
    assert len(prose.split()) < 850


def test_every_file_that_a_page_for_programmers_names_is_there() -> None:
    page_of_ours = re.compile(r"CONTRIBUTING\.md|README\.md|docs/decisions/.*")
    file = re.compile(r"[\w./-]+\.(py|ya?ml|toml|json)")
    named = {code for page, code in code_spans() if page_of_ours.fullmatch(page) and file.fullmatch(code)}
    places = [REPOSITORY, REPOSITORY / "daemon", REPOSITORY / "docs"]
    assert len(named) > 40
    assert {
        code for code in named if not any((place / code).exists() for place in places)
    } - MADE_BY_THE_READER == set()


def test_every_name_of_the_code_that_contributors_are_told_is_in_it() -> None:
    program = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "daemon").rglob("*.py"))
    names = [
        code
        for page, code in code_spans()
        if page == "CONTRIBUTING.md" and re.fullmatch(r"_?[a-z]+_[a-z]+|[A-Z]\w+", code)
    ]
    assert len(names) > 5
    assert [name for name in names if not re.search(rf"\b{name}\b", program) and not name.isupper()] == []
