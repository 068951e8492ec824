"""What documents and docstrings point at is there: rules, files, settings."""

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "backoffice" / "docs"
PLACES = ("inventory", "orders", "suppliers", "backoffice", "templates")
KINDS = {".py", ".md", ".html", ".txt", ".svg", ".js"}

CITING = re.compile(r"\brules?\b", re.IGNORECASE)
CITED = re.compile(r"§\s*(\d+(?:\.\d+)?)")


def texts() -> Iterator[tuple[str, str]]:
    """Give the path and the text of each file that may cite a rule."""
    files = [ROOT / "README.md", *(path for place in PLACES for path in (ROOT / place).rglob("*"))]
    for path in files:
        if path.suffix in KINDS and path.is_file():
            yield str(path.relative_to(ROOT)), path.read_text()


def citations(text: str) -> list[str]:
    """
    Give the rules that a text cites: every § of a sentence that speaks of rules, over the end of a line too.

    >>> citations("so it is (rules §3.6). As in rules §4,\\nand of §3.8."), citations("Gelman, *Bayesian*, §3.3")
    (['3.6', '4', '3.8'], [])
    """
    sentences = re.split(r"(?<=[a-z0-9)*])[.;:]\s|\n\s*\n", text)
    return [cited for sentence in sentences if CITING.search(sentence) for cited in CITED.findall(sentence)]


def rules() -> list[str]:
    """Give what can be cited: each heading of rules.md and each of its points, such as 3 and 3.6, in their order."""
    found = []
    section = ""
    for line in (DOCS / "rules.md").read_text().splitlines():
        if heading := re.match(r"## (\d+)\. ", line):
            section = heading[1]
            found.append(section)
        elif point := re.match(r"(\d+)\. ", line):
            found.append(f"{section}.{point[1]}")
    return found


def test_rules_are_numbered_from_one_on_in_eight_parts():
    known = rules()

    parts = [each for each in known if "." not in each]
    points = {part: [each for each in known if each.startswith(f"{part}.")] for part in parts}
    assert parts == [str(number) for number in range(1, 9)]
    assert all(own == [f"{part}.{number + 1}" for number in range(len(own))] for part, own in points.items())
    assert len(points["3"]) == 13


def test_every_rule_that_is_cited_stands_in_the_rules():
    known = set(rules())

    cited = {(path, each) for path, text in texts() for each in citations(text)}

    assert ("inventory/formulas/capping.py", "3.6") in cited
    assert sorted(each for each in cited if each[1] not in known) == []


def pointed_at(name: str) -> Iterator[str]:
    """Give what a document names of ours in backticks: paths of files and folders, dotted names of modules."""
    for quoted in re.findall(r"`([^`\n]+)`", (DOCS / name).read_text()):
        if re.match(rf"({'|'.join(PLACES)})[/.][\w/.*]+$", quoted):
            yield quoted


def is_there(quoted: str) -> bool:
    if "/" in quoted:
        return any(ROOT.glob(quoted))
    try:
        pkgutil.resolve_name(quoted)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("name", ["architecture.md", "glossary.md", "rules.md", "operations.md"])
def test_every_file_and_every_module_that_a_document_names_is_there(name):
    assert sorted(quoted for quoted in pointed_at(name) if not is_there(quoted)) == []


def test_every_function_that_the_map_finds_in_a_file_is_there():
    named = re.findall(r"`(\w+)\(\)`[^`]* in `([\w/]+\.py)`", (DOCS / "architecture.md").read_text())

    assert len(named) > 5
    assert [each for each in named if f"def {each[0]}(" not in (ROOT / each[1]).read_text()] == []


def test_the_map_names_every_room():
    named = set(pointed_at("architecture.md"))

    rooms = {
        str(path.parent.relative_to(ROOT))
        for app in ("inventory", "orders", "backoffice")
        for path in (ROOT / app).glob("*/__init__.py")
    }
    plain = {"tests", "migrations", "models", "management", "formats", "templatetags"}
    assert sorted(room for room in rooms if Path(room).name not in plain and room not in named) == []


def glossary() -> list[str]:
    """Give the words that the glossary explains, one by one, in its order."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    cells = [re.sub(r" \(.*\)| date$|^to ", "", row) for row in rows if row not in ("word", "---")]
    return [word.strip() for cell in cells for word in re.split(r", | / ", cell)]


def test_the_glossary_explains_each_word_once_and_none_that_nothing_uses():
    words = glossary()

    used = " ".join(text for path, text in texts() if not path.endswith(".md")).lower()
    used = re.sub(r"[\s_]+", " ", used)
    assert len(words) > 100
    assert sorted(word for word in set(words) if words.count(word) > 1) == []
    assert sorted(word for word in words if word.lower() not in used) == []


def test_every_setting_that_the_rules_name_is_one_and_is_explained():
    named = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]{2,})+\b", (DOCS / "rules.md").read_text()))

    explained = (DOCS / "operations.md").read_text()
    assert "TOGETHER_DAYS" in named
    assert sorted(name for name in named if not hasattr(settings, name) or f"`{name}`" not in explained) == []
