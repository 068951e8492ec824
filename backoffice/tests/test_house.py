"""The house stays one to live in: one name for one class, modules that are read at a sitting, rooms with few things."""

import ast
from collections import defaultdict
from pathlib import Path

from django.conf import settings

APPS = ("backoffice", "inventory", "orders", "suppliers")
ASKED_FOR = {"Meta", "Media", "Command"}
"""Names that Django asks for, each in its own place."""
MOST_LINES = 300
MOST_MODULES = 15
LONG = {
    "inventory/night/policies.py": 322,
    "suppliers/hands.py": 305,
}
"""Modules that are longer, with the lines they had. A list to take from: none may come in, and none may grow."""
OPEN_PLAN = {"backoffice", "suppliers"}
"""Folders that are read from top to bottom and stay one room."""


def modules():
    """Give the source of each module by its path; tests and migrations apart."""
    root = Path(settings.BASE_DIR)
    paths = (path.relative_to(root) for app in APPS for path in sorted((root / app).rglob("*.py")))
    return {path: (root / path).read_text() for path in paths if not {"tests", "migrations"} & set(path.parts)}


def named_twice(sources):
    """Give the paths by the name of each class that stands more than once, private ones included."""
    found = defaultdict(list)
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and node.name not in ASKED_FOR:
                found[node.name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def too_long(sources, allowed):
    """Give the lines of each module that has more than it may."""
    lines = {path: len(source.splitlines()) for path, source in sources.items()}
    return {str(path): count for path, count in lines.items() if count > allowed.get(str(path), MOST_LINES)}


def crowded(paths):
    """Give the number of modules in each folder that has too many; ``__init__`` is the door, no thing in the room."""
    rooms = defaultdict(int)
    for path in paths:
        rooms[str(path.parent)] += path.name != "__init__.py"
    return {room: count for room, count in rooms.items() if count > MOST_MODULES and room not in OPEN_PLAN}


def test_two_classes_of_one_name_are_seen_wherever_they_stand():
    apart = {
        "a": "class Line: ...\nclass _Row: ...\nclass _Trial: ...\nclass Day:\n    class Meta: ...",
        "b": "class Day:\n    class Line: ...\n    class Meta: ...\nclass _Row: ...",
    }

    assert named_twice(apart) == {"Line": ["a", "b"], "Day": ["a", "b"], "_Row": ["a", "b"]}


def test_one_name_is_one_class():
    assert named_twice(modules()) == {}


def test_a_module_of_one_line_too_many_is_seen():
    sources = {"fits": "\n" * 300, "long": "\n" * 301, "known": "\n" * 310, "grown": "\n" * 311}

    assert too_long(sources, {"known": 310, "grown": 310}) == {"long": 301, "grown": 311}


def test_no_module_is_longer_than_one_sitting_but_those_that_were():
    assert too_long(modules(), LONG) == {}


def test_a_module_that_became_short_leaves_the_list():
    long = too_long(modules(), {})

    assert LONG.keys() - long.keys() == set()


def test_a_room_with_one_thing_too_many_is_seen():
    names = ["__init__.py", *(f"{number}.py" for number in range(MOST_MODULES))]
    full = [Path("orders/mail", name) for name in names]
    open_plan = [Path("suppliers", f"{number}.py") for number in range(MOST_MODULES + 1)]

    assert crowded([*full, *open_plan]) == {}
    assert crowded([*full, Path("orders/mail/more.py")]) == {"orders/mail": 16}


def test_no_room_is_crowded():
    assert crowded(modules()) == {}
