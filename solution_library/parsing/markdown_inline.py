"""Markdown inside a line to plain text. Every pattern is bounded, so hostile lines end in time."""

import re

_HTML_TAGS = (
    "a abbr b blockquote br caption center cite code col dd del details div dl dt em figcaption figure "
    "font h1 h2 h3 h4 h5 h6 hr i iframe img input ins kbd label li mark ol p picture pre q s samp small "
    "source span strong sub summary sup table tbody td tfoot th thead tr tt u ul var video"
).replace(" ", "|")
_CODE = re.compile(r"(?<!`)(``[^\n]{1,400}?``|`[^`\n]{1,2000}`)(?!`)")
_ROLE = re.compile(r"\{[A-Za-z][\w:.-]{0,40}\}$")
_ROLE_TARGET = re.compile(r"\s{0,5}<[^<>]{0,500}>$")
_TARGET = r"\([^()\n]{0,1000}(?:\([^()\n]{0,300}\)[^()\n]{0,300}){0,3}\)"
_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\](?:" + _TARGET + r"|\[[^\[\]]{0,200}\])(?:\{[^{}]{0,200}\})?")
_LINK = re.compile(r"\[([^\[\]]{0,1000})\](?:" + _TARGET + r"|\[[^\[\]]{0,200}\])(?:\{[^{}]{0,200}\})?")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]{1,60}\](?!:)")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]{1,2000})>")
_TAG = re.compile(rf"</?(?:{_HTML_TAGS})(?:\s[^<>]{{0,2000}})?/?>", re.I)
_BREAK = re.compile(r"<(?:br|/p|/li|/tr|/td|/th|/div|/h[1-6])\s?/?>", re.I)
_STARS = re.compile(r"(\*{1,3})(?=[^\s*])([^*\n]{1,1000})(?<=\S)\1")
_UNDERSCORES = re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])([^_\n]{1,1000})(?<=\S)\1(?!\w)")
_STRUCK = re.compile(r"~~([^~\n]{1,1000})~~")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """What a reader sees: link texts without targets, no images, no marks, no tags."""
    pieces = _CODE.split(text)
    for place in range(0, len(pieces), 2):
        pieces[place] = _prose(pieces[place])
    for place in range(1, len(pieces), 2):
        code = pieces[place].strip("`").strip(" ")
        if role := _ROLE.search(pieces[place - 1]):
            pieces[place - 1] = pieces[place - 1][: role.start()]
            code = _ROLE_TARGET.sub("", code) or code
        pieces[place] = code
    return _emphasis("".join(pieces)) if len(pieces) == 1 else _emphasis_around(pieces)


def _prose(text: str) -> str:
    if "[" in text:
        text = _IMAGE.sub("", text)
        # Twice: a link may stand around an image or in the text of another.
        text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))
        text = _FOOTNOTE.sub("", text)
    if "<" in text:
        text = _AUTOLINK.sub(r"\1", text)
        text = _TAG.sub("", _BREAK.sub(" ", text))
    if "&" in text:
        import html

        text = html.unescape(text)
    return text


def _emphasis_around(pieces: list[str]) -> str:
    """Emphasis may enclose code, whose own stars and underscores are to stay."""
    marks = {chr(0xE000 + place): piece for place, piece in enumerate(pieces) if place % 2}
    if len(marks) > 1000:  # private-use characters serve as place holders; there are 6,400
        return "".join(_emphasis(piece) if place % 2 == 0 else piece for place, piece in enumerate(pieces))
    holed = "".join(
        chr(0xE000 + place) if place % 2 else piece for place, piece in enumerate(pieces)
    )
    return re.sub("[\ue000-\uf8ff]", lambda found: marks.get(found[0], found[0]), _emphasis(holed))


def _emphasis(text: str) -> str:
    if "*" in text:
        text = _STARS.sub(r"\2", _STARS.sub(r"\2", text))
    if "_" in text:
        text = _UNDERSCORES.sub(r"\2", text)
    if "~" in text:
        text = _STRUCK.sub(r"\1", text)
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text
