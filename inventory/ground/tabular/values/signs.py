"""
A cell as a person reads it: without what was put around it, what nobody sees, and in the signs of ASCII. Pure.

Programs and spreadsheets wrap a code so that it keeps its zeros, people paste from web pages and chats, and phones
write the digits of their language. What a cell says is the same: each kind of value asks here, so that all doors agree.
"""

import re
import unicodedata

from inventory.ground import keys

RISKY = ("=", "+", "-", "@", "|", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_KEPT = re.compile(r'="((?:[^"]|"")*)"')
_MARKED = re.compile(r"'\d[\dA-Z.,:/+-]*")
"""A number or code behind the apostrophe by which a spreadsheet keeps it as text; '68 Special is a name."""
_CLOSING = {'"': '"', "'": "'", "“": "”“", "„": "“”", "‘": "’", "‚": "‘’", "«": "»", "»": "«", "`": "`´'", "”": "”"}
_APOSTROPHES = "'’‘`´"
_SAME = (
    {ord(sign): chr(ord(sign) - 0xFEE0) for sign in keys.WIDE}
    | dict.fromkeys(map(ord, keys.DASHES), "-")
    | dict.fromkeys(map(ord, "’ʼ‘′´`٬"), "'")
    | {ord("٫"): "."}
)


def is_risky(text: str) -> bool:
    """Say if a spreadsheet would run a text; blanks before it stop none."""
    return text.startswith(RISKY) or text.lstrip().startswith(RISKY)


def plain(cell: str) -> str:
    """
    Give a cell without what was put around it: white space, the apostrophe of our export before a formula or of a
    spreadsheet before digits, and the formula ="00123" in which programs write a code so that it keeps its digits.
    """
    cell = cell.strip()
    if cell[:1] == "=" and (kept := _KEPT.fullmatch(cell)):
        return kept[1].replace('""', '"').strip()
    return cell[1:] if cell[:1] == "'" and (is_risky(cell[1:]) or _MARKED.fullmatch(cell)) else cell


def bare(cell: str) -> str:
    """
    Give what is neither name nor text without quotation marks around it, and without what nobody sees.

    >>> bare('"00123"'), bare("„00123“"), bare("'TEE-S'"), bare("'TEE-S"), bare("\\u200e12\\u200b"), bare('5"')
    ('00123', '00123', 'TEE-S', 'TEE-S', '12', '5"')
    """
    text = cell.strip() if cell.isascii() else keys.clean(cell)
    if len(text) > 2 and text[-1] in _CLOSING.get(text[0], "") and not any(sign in text[1:-1] for sign in '"“”„«»'):
        return text[1:-1].strip()
    return text[1:] if len(text) > 1 and text[0] in _APOSTROPHES and text[1].isalnum() else text


def western(cell: str) -> str:
    """
    Give what is bare in the signs of ASCII, as far as there are any: digits, dashes, apostrophes, and all that is wide.

    >>> western("٣٤٫٥"), western("１２．５０"), western("−3"), western("1’234"), western("1\\u202f234"), western("12²")
    ('34.5', '12.50', '-3', "1'234", '1 234', '12²')
    """
    text = bare(cell)
    if text.isascii():
        return text
    same = text.translate(_SAME)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in same)
