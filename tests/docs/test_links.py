"""What the documentation names exists: files, headings, make targets, commands, packages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django_celery_beat.models import PeriodicTask

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PROGRAM = ("accounts", "api", "audit", "deploy", "docker", "jobs", "llm_manager", "rfp_manager",
           "solution_library", "spelunker", "templates")  # fmt: skip
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:manage\.py|exec web python manage\.py) ([a-z_]+)")
TARGET = re.compile(r"(?:^ {4}|`)make ([a-z-]+)", re.MULTILINE)
FENCE = re.compile(r"^(?: {4}[^\n]*|```.*?^```)$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Files that a page links to inside the repository, each with the heading meant, if any."""
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), heading


def anchors(page: Path) -> set[str]:
    """The headings of a page as the usual viewers make anchors of them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def entries(name: str) -> list[str]:
    """The packages of a requirements file, extras included, versions left out."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    named = [line for line in lines if line and not line.startswith("-")]
    return [re.split(r"[<>=~!; ]", line)[0] for line in named]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for path, heading in links(page):
        assert path.exists(), f"{path} does not exist"
        assert path.is_relative_to(ROOT), f"{path} is outside the repository"
        assert not heading or heading in anchors(path), f"{path.name} has no #{heading}"


def test_every_page_that_the_program_names_exists() -> None:
    kinds = ("*.py", "*.html", "*.js", "*.sh", "*.yaml")
    named = {
        (path.relative_to(ROOT).as_posix(), page)
        for folder in PROGRAM
        for kind in kinds
        for path in (ROOT / folder).rglob(kind)
        for page in re.findall(r"\bdocs/[\w/.-]+\.md\b", path.read_text())
    }
    assert len(named) > 9
    assert sorted(one for one in named if not (ROOT / one[1]).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(page.read_text())) <= rules


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_is_named_exists(page: Path) -> None:
    assert set(COMMAND.findall(page.read_text())) <= set(get_commands())


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_requirement_has_a_line_with_its_reason(name: str) -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text()
    assert [entry for entry in entries(name) if f"\n| `{entry}` |" not in table] == []


def test_no_dependency_is_explained_that_is_not_there() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    assert explained <= {*entries("requirements.in"), *entries("requirements-dev.in")}


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            todo += [path for path, _ in links(page) if path.exists()]
    assert [name_of(page) for page in PAGES if page not in reached] == []


@pytest.mark.django_db
def test_every_schedule_that_comes_with_the_installation_is_explained() -> None:
    rows = PeriodicTask.objects.filter(one_off=False).values_list("name", flat=True)
    table = (ROOT / "docs" / "operators" / "jobs.md").read_text()
    assert len(rows) > 8
    assert [name for name in rows if f"| {name} |" not in table] == []
