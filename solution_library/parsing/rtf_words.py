"""The words of Rich Text that matter for what a file says."""

from solution_library.parsing.words import words

# Groups whose content is no text of the document, or is said elsewhere.
SKIPPED = words(
    "pict object objdata objclass objname themedata colorschememapping datastore latentstyles",
    "listtable listoverridetable revtbl rsidtbl generator xmlnstbl filetbl fldinst bkmkstart",
    "bkmkend header headerl headerr headerf footer footerl footerr footerf ftnsep ftnsepc aftnsep",
    "aftnsepc ftncn aftncn annotation atnid atnauthor atndate atntime atnicn atnref nonshppict",
    "shppict sp mmathPr docvar userprops template operator comment doccomm background tc xe rxe",
    "wgrffmtfilter passwordhash protusertbl falt panose pntxta pntxtb pnseclvl pgptbl blipuid",
    "listname listlevel leveltext levelnumbers picprop factoidname",
)
# Groups for other programs' use ("\*") that hold text nevertheless.
KEPT_STARRED = words("shpinst shptxt fldrslt listtext pntext footnote result do dptxbxtext")

SYMBOLS = {
    "tab": "\t", "line": "\n", "softline": "\n", "lbr": "\n", "emdash": "—", "endash": "–",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": " ", "enspace": " ", "qmspace": " ", "nestcell": " ", "nestrow": "; ",
    "~": "\u00a0", "_": "-", "\n": "\n", "\r": "\n", "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip

_CODE_PAGES = {
    437: "cp437", 708: "iso8859-6", 709: "cp1256", 710: "cp864", 720: "cp720", 819: "latin-1",
    850: "cp850", 852: "cp852", 860: "cp860", 862: "cp862", 863: "cp863", 864: "cp864",
    865: "cp865", 866: "cp866", 874: "cp874", 932: "cp932", 936: "gbk", 949: "cp949",
    950: "cp950", 1250: "cp1250", 1251: "cp1251", 1252: "cp1252", 1253: "cp1253",
    1254: "cp1254", 1255: "cp1255", 1256: "cp1256", 1257: "cp1257", 1258: "cp1258",
    1361: "johab", 10000: "mac_roman", 10006: "mac_greek", 10007: "mac_cyrillic",
    10029: "mac_latin2", 10081: "mac_turkish", 54936: "gb18030", 65001: "utf-8",
}  # fmt: skip
_CHARACTER_SETS = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253,
    162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
    254: 437, 255: 850,
}  # fmt: skip


def codec_of(code_page: int) -> str | None:
    return _CODE_PAGES.get(code_page)


def codec_of_set(character_set: int) -> str | None:
    """The codec of a font's character set; None where the font does not say it."""
    return _CODE_PAGES.get(_CHARACTER_SETS.get(character_set, 0))
