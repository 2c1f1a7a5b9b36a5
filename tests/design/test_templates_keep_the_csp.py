"""Every template of the product is read as text: what the CSP would refuse must not be written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = (ROOT / "static/spelunker/app.css").read_text()
SPRITE = (ROOT / "static/spelunker/icons.svg").read_text()

COMMENT = re.compile(r"{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}|{#.*?#}|<!--.*?-->", re.S)
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a <style> element": re.compile(r"<style\b", re.I),
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc\s*=)", re.I),
    "an inline event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "hx-on (needs eval)": re.compile(r"\s(data-)?hx-on[:=-]", re.I),
    "a js: value (needs eval)": re.compile(r"hx-(vals|headers)\s*=\s*['\"]js:", re.I),
    "a javascript: link": re.compile(r"javascript:", re.I),
    "a resource of another host": re.compile(r"\b(src|srcset)\s*=\s*['\"](https?:)?//", re.I),
}


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


def source(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_no_template_holds_what_the_csp_refuses(path: Path) -> None:
    text = source(path)
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found, f"{ids(path)} has {', '.join(found)}; put it into static/spelunker instead"


def built_classes() -> set[str]:
    names = re.findall(r"\.((?:\\.|[\w-])+)", CSS)
    return {name.replace("\\", "") for name in names}


def used_classes(text: str) -> set[str]:
    words: set[str] = set()
    for value in re.findall(r"\bclass=\"((?:{%.*?%}|{{.*?}}|[^\"])*)\"", text):
        plain = re.sub(r"{%.*?%}", " ", re.sub(r"{{.*?}}", "\0", value))
        words |= {word for word in plain.split() if "\0" not in word}
    return words


def test_the_built_css_has_every_class_that_a_template_uses() -> None:
    built = built_classes() | {"js-only", "no-js-only"}
    # Pages of Django's admin have the admin's own style sheet.
    ours = [path for path in TEMPLATES if "admin" not in path.parts]
    missing = {
        f"{ids(path)}: {name}" for path in ours for name in used_classes(source(path)) - built
    }
    assert not missing, f"run `npm run build` in assets/, or mend the names: {sorted(missing)}"


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))
    named: set[str] = set()
    for path in TEMPLATES:
        text = source(path)
        named |= set(re.findall(r'icon\.html" with name="([\w-]+)"', text))
        named |= set(re.findall(r'\b(?:icon|action_icon)="([\w-]+)"', text))
    for script in (ROOT / "static/spelunker").glob("*.js"):
        if script.name != "htmx.min.js":
            text = script.read_text()
            named |= set(re.findall(r'(?:makeIcon\(|setIcon\([\w.]+, )"([\w-]+)"', text))
    assert named - drawn == set()
    assert len(named) > 30


def test_every_static_file_that_a_template_asks_for_exists() -> None:
    asked = {
        name
        for path in TEMPLATES
        for name in re.findall(r"{%\s*static\s+['\"]([^'\"]+)['\"]", path.read_text())
    }
    assert {name for name in asked if not (ROOT / "static" / name).is_file()} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "templates/components").glob("*.html")), ids=ids)
def test_every_component_says_at_its_top_what_it_takes(path: Path) -> None:
    text = path.read_text().removeprefix("{% load static %}")
    assert text.startswith("{% comment %}")
    assert len(text.split("{% endcomment %}")[0].split()) > 8


def test_the_lists_of_packages_name_exact_versions_and_no_host() -> None:
    lock = (ROOT / "assets/package-lock.json").read_text()
    package = (ROOT / "assets/package.json").read_text()
    assert "resolved" not in lock
    versions = re.findall(r'"[^"]+": "([^"]+)"', package.split('"devDependencies"')[1])
    assert versions and all(re.fullmatch(r"[\d.]+", version) for version in versions)
