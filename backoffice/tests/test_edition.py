"""Another edition of the program has a cache of its own."""

from pathlib import Path

from django.conf import settings

from backoffice.web import edition


def program(root: Path) -> Path:
    (root / "orders" / "tests").mkdir(parents=True)
    (root / "orders" / "queue.py").write_text("units: int")
    (root / "orders" / "tests" / "test_queue.py").write_text("")
    return root


def name(root: Path) -> str:
    return edition.of.__wrapped__(root)


def test_an_edition_is_known_by_its_code_and_by_nothing_else(tmp_path):
    root = program(tmp_path)
    first = name(root)

    (root / "orders" / "tests" / "test_queue.py").write_text("def test_it(): ...")
    assert name(root) == first
    (root / "orders" / "queue.py").write_text("units: str")
    assert name(root) != first
    (root / "orders" / "queue.py").write_text("units: int")
    (root / "orders" / "queue.py").rename(root / "orders" / "line.py")
    assert name(root) != first


def test_the_cache_in_redis_is_that_of_this_edition():
    assert settings.REDIS_CACHE["KEY_PREFIX"] == edition.of(settings.BASE_DIR)
    assert len(edition.of(settings.BASE_DIR)) == 12
