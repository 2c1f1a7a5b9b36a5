"""Markdown inside a line to plain text. Every pattern is bounded, so hostile lines end in time."""

import re

_HTML_TAGS = (
    "a abbr b blockquote br caption center cite code col dd del details div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i iframe img input ins kbd label li mark "
    "ol p picture pre q s samp small source span strong sub summary sup table tbody td "
    "tfoot th thead tr tt u ul var video"
).replace(" ", "|")
_CODE = re.compile(r"(?<!`)(``[^\n]{1,400}?``|`[^`\n]{1,2000}`)(?!`)")
_HOLE = re.compile("(\\{[A-Za-z][\\w:.-]{0,40}\\})?\x01(\\d+)\x02")
_ROLE_TARGET = re.compile(r"\s{0,5}<[^<>]{0,500}>$")
_TARGET = r"\([^()\n]{0,1000}(?:\([^()\n]{0,300}\)[^()\n]{0,300}){0,3}\)"
_IMAGE = re.compile(
    r"!\[[^\[\]]{0,500}\](?:" + _TARGET + r"|\[[^\[\]]{0,200}\])(?:\{[^{}]{0,200}\})?"
)
_LINK = re.compile(
    r"\[([^\[\]]{0,1000})\](?:" + _TARGET + r"|\[[^\[\]]{0,200}\])(?:\{[^{}]{0,200}\})?"
)
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
    codes: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        codes.append(found[0].strip("`").strip(" "))
        return f"\x01{len(codes) - 1}\x02"

    # Code may stand inside links and emphasis, but its own marks are to stay. The control
    # characters around its number cannot occur: decoding removed them.
    if "`" in text:
        text = _CODE.sub(set_aside, text)
    text = _emphasis(_prose(text))
    return _HOLE.sub(lambda found: _code(codes, found), text) if codes else text


def _code(codes: list[str], found: re.Match[str]) -> str:
    code = codes[int(found[2])]
    # {role}`text <target>`
    return (_ROLE_TARGET.sub("", code) or code) if found[1] else code


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


def _emphasis(text: str) -> str:
    if "*" in text:
        text = _STARS.sub(r"\2", _STARS.sub(r"\2", text))
    if "_" in text:
        text = _UNDERSCORES.sub(r"\2", text)
    if "~" in text:
        text = _STRUCK.sub(r"\1", text)
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text
