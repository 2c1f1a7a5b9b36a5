"""Which elements of a web page are not what the page says."""

import re
from typing import TYPE_CHECKING

from solution_library.parsing.text import squeeze
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

_NEVER_TEXT = words(
    "script style noscript template svg math iframe object embed applet canvas audio video map",
    "head button select datalist input textarea option",
)
_NAVIGATION_TAGS = frozenset(("nav", "aside", "footer"))
_NAVIGATION_ROLES = words(
    "navigation banner contentinfo search complementary menu menubar dialog alertdialog",
)
_NAMED_PARTS = words(
    "div section ul ol dl table p span a header td form",
)
_NAVIGATION_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|navheader|navfooter|topnav|sidenav|menu|submenu|sidebar|"
    r"breadcrumbs?|toc|toctree|table-of-contents|localtoc|footer|site-header|pagination|pager|prev-next|"
    r"cookies?|cookie-(?:banner|consent)|consent|skip-?link|skip-to-content|headerlink|share|"
    r"social(?:-links)?|related-posts|advert(?:isement)?|newsletter|searchbox|search-form)(?:$|[\s])",
    re.I,
)
_REMARK = re.compile(
    r"(?:^|\s)(?:admonition|note|tip|hint|important|warning|caution|callout|alert|notice)(?:$|[\s-])",
    re.I,
)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(?:px|pt|em|rem|%)?\s*(?:;|!|$)",
    re.I,
)


def is_noise(tag: str, element: "_Element", *, navigation: bool, nested: bool) -> bool:
    """`navigation`: leave out menus, banners and footers too; `nested`: inside main or article."""
    if tag in _NEVER_TEXT or not tag:
        return True
    return navigation and _is_navigation(tag, element, nested)


def is_hidden(element: "_Element") -> bool:
    """The page itself says that nobody sees it; style sheets and scripts are not asked."""
    switch = element.get("hidden")
    if switch is not None and switch.lower() != "until-found":
        return True
    return bool(_INVISIBLE.search(element.get("style") or ""))


def text_inside(element: "_Element") -> str:
    """Of all that is in an element, what could be read if it were shown; one line."""
    from lxml import etree

    pieces: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, each in walker:
        tag = each.tag if isinstance(each.tag, str) else ""
        if event == "start" and (tag in _NEVER_TEXT or not tag):
            walker.skip_subtree()
        elif event == "start":
            pieces.append(each.text or "")
        elif each is not element:
            pieces.append(f" {each.tail or ''}")
    return squeeze("".join(pieces))


def _is_navigation(tag: str, element: "_Element", nested: bool) -> bool:
    if tag in ("body", "html", "main", "article"):
        return False
    if tag in _NAVIGATION_TAGS or element.get("role") in _NAVIGATION_ROLES:
        return not (nested and tag == "aside")  # inside an article it is a remark
    if element.get("aria-hidden") == "true":
        return True
    # A page's header holds its logo and menu; an article's holds its title.
    if tag == "header" and not nested:
        return element.find(".//h1") is None
    if tag not in _NAMED_PARTS:
        return False
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_NAVIGATION_NAME.search(name.strip()))


def heads_a_remark(heading: "_Element") -> bool:
    """ "Note" over a boxed remark begins no section: the text after the box isn't part of it."""
    parent = heading.getparent()
    return parent is not None and bool(_REMARK.search(parent.get("class") or ""))
