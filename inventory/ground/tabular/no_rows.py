"""
Rows of a table that are none: totals, subtotals of a group, what is drawn and printed around it. Pure.

In the languages that the programs of shops speak. A row that is left out is missing from what is loaded, so it must be
sure to be none: what the shop knows as a code of its own is a row, whatever it is called, and what may be one is left
to its kind of file, which refuses it by name.
"""

import re
from collections.abc import Callable, Sequence

_ANY = (
    "total|totals|totale|totali|totaal|totalt|summe|summen|gesamt|gesamtbetrag|sum|suma|summa|somme|somma|razem|celkem"
    "|ergebnis|Σ"
)
"""Alone in a row that names no thing."""
_SURE = re.compile(
    r"(?:(?:grand|sub)[ -]?)?totals?|(?:zwischen|gesamt|end)?summen?|(?:gesamt|zwischen)(?:betrag|ergebnis)"
    r"|gesamt(?: ?total)?|insgesamt|sum|sous[ -]total|total g[ée]n[ée]ral|total geral|suma total"
    r"|(?:sub)?totale(?: (?:generale|complessivo))?|(?:sub|eind)?totaal|(?:eind|sub)totalen|(?:del|slut|total)?summa"
    r"|totalt|sum total|total sum|totalsumme"
    r"|итого|всего|összesen|yhteensä|toplam|σύνολο|(?:総|总|總|合|小)[计計]",
    re.IGNORECASE,
)
"""Also where a thing's code should stand."""
_ALONE = re.compile(_ANY, re.IGNORECASE)
_OF = re.compile(r"(?:(?:grand|sub)[ -]?)?totals?\b.*|(?:zwischen|gesamt)?summe\b.*|sous[ -]total\b.*", re.IGNORECASE)
_GROUP = re.compile(
    rf"(?P<before>.+?)\s+(?:{_ANY}|subtotal)|(?:{_ANY}|subtotal|sous[ -]total)\s+(?P<after>.+)", re.IGNORECASE
)
"""How spreadsheets call the total of a group: its name and a word, in either order."""
_AROUND = "*=-_:.#~ \t"
_COUNTED = re.compile(r"\s*\([^()]*\)$")
_RULER = re.compile(r"[-=_+| ]{6,}")
_COUNT = re.compile(r"\(\d+ (?:rows?|zeilen?)(?: affected)?\)", re.IGNORECASE)
"""What consoles of databases draw below the header and write below the table."""
_PRINTED = re.compile(
    r"(?:(?:report |bericht )?(?:exported|generated|created|printed|exportiert|erstellt|erzeugt|gedruckt)"
    r"|export[ée]e?|g[ée]n[ée]r[ée]e?|imprim[ée]e?|exportado|generado|impreso)"
    r" (?:on|at|by|from|with|am|um|von|mit|le|par|el|por)\b.*"
    r"|(?:report generated|exported|as of|stand|date|datum|druckdatum)(?:: ?| )(?=.*\d[-./: ]\d).*"
    r"|(?:page|seite|página|pagina) \d+(?: ?(?:of|von|de|sur|di|/) ?\d+)?"
    r"|end of (?:report|file|list|data|table)|ende (?:der|des) (?:liste|datei|berichts)"
    r"|fin d[eu] (?:rapport|fichier|liste)",
    re.IGNORECASE,
)
"""What programs print below a table, in its first column."""
_LETTERS = frozenset("tTsSgGzZeEiIdDиИвВöÖyYσΣ総总總合小*=-_+|(")
"""One of these, or a blank further on, is in the code of every row that is none; each row is asked this first."""
_MAYBE = re.compile(
    r"tot[aeu]|tal|sum|som|gesamt|ergebnis|razem|celkem|Σ|итого|всего|összesen|yhteensä|toplam|σύνολο|[计計]$|^[-=_+|(*]"
    r"|^stand:|^date:",
    re.IGNORECASE,
)
_LONGEST = 80
TOTALS = "a row of totals"


def reason(cells: Sequence[str], key: str, above: Sequence[str], *, is_known: Callable[[str], bool]) -> str:
    """
    Say why a row of a file is none of its table; "" if it is one.

    :param key: the cell of what no row of the table leaves empty
    :param above: the row before it
    :param is_known: says of a code if the shop has a thing of it

    >>> reason(["Totale", "5"], "Totale", [], is_known=lambda code: False)
    'a row of totals'
    >>> reason(["Totale", "5"], "Totale", [], is_known=lambda code: code == "Totale")
    ''
    """
    if key and " " not in key and (key[0] not in _LETTERS or not _MAYBE.search(key)):
        return ""
    found = _total(cells, key, above) or _around(cells)
    return "" if found and key and is_known(key) else found


def _total(cells: Sequence[str], key: str, above: Sequence[str]) -> str:
    """
    Say that a row is one of totals, or the subtotal of a group that the row above is of; "" if it is neither.

    >>> _total(["Gesamtergebnis", "5"], "Gesamtergebnis", []), _total(["SUMA", "5"], "SUMA", [])
    ('a row of totals', '')
    >>> _total(["", "Suma", "5"], "", []), _total(["*** Total (3 items) ***", "5"], "*** Total (3 items) ***", [])
    ('a row of totals', 'a row of totals')
    >>> subtotal = ["TEE-S Total", "", "5"]
    >>> _total(subtotal, "TEE-S Total", ["TEE-S", "Tee", "5"]), _total(subtotal, "TEE-S Total", ["MUG", "Mug", "5"])
    ('a subtotal (“TEE-S Total”)', '')
    >>> _total(["TEE-S Total", "Everything", "5"], "TEE-S Total", ["TEE-S", "Tee", "5"])
    ''
    """
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    word = _COUNTED.sub("", first.strip(_AROUND)).strip(_AROUND)
    if key in {"", first} and _SURE.fullmatch(word):
        return TOTALS
    if not key and (_ALONE.fullmatch(word) or _OF.fullmatch(first)):
        return TOTALS
    text = key or first
    group = _GROUP.fullmatch(text.strip(_AROUND)) if len(text) <= _LONGEST else None
    if group is None:
        return ""
    name = (group["before"] or group["after"]).strip().casefold()
    upper = {cell.strip().casefold() for cell in above}
    return f"a subtotal (“{text}”)" if name in upper and not _has_words(cells, {text.casefold(), *upper}) else ""


def _has_words(cells: Sequence[str], known: set[str]) -> bool:
    """Say if a row has words of its own, as one of a thing has and one of sums has not."""
    own = (cell.strip() for cell in cells if cell.strip().casefold() not in known)
    return any(not any(sign.isdigit() for sign in cell) for cell in own if cell)


def _around(cells: Sequence[str]) -> str:
    """
    Say what is drawn or printed around a table; "" if it is a row. What is printed stands alone in a row of several.

    >>> _around(["-------", "-----"]), _around(["(1 row affected)"]), _around(["Page 1 of 3", ""])
    ('a ruled line', 'a count of rows (“(1 row affected)”)', 'a footer (“Page 1 of 3”)')
    >>> _around(["Page 1 of 3", "9.50"]), _around(["Page 1 of 3"]), _around(["Stand 2", ""]), _around(["Date 10", ""])
    ('', '', '', '')
    """
    row = "".join(cells).strip()
    if _RULER.fullmatch(row):
        return "a ruled line"
    if _COUNT.fullmatch(row):
        return f"a count of rows (“{row}”)"
    if len(cells) > 1 and len(row) <= 2 * _LONGEST and _PRINTED.fullmatch(row.strip(_AROUND)):
        return f"a footer (“{row[:60]}”)" if sum(bool(cell.strip()) for cell in cells) == 1 else ""
    return ""
