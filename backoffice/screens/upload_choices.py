"""What a person may say of a file beside what it says itself: the boxes of its preview, those that matter to it."""

from collections.abc import Collection
from dataclasses import replace

from backoffice.loading import File
from inventory.resources import Plan, Resource

NEWER = (
    "The file is newer",
    "Orders change as the table “What differs from before” says; without it they are refused.",
)
REUSED = ("Numbers are used again", "A closed order’s number stands for another order: the day is added to it.")
TELL = (
    "Write to the customers",
    "Those loaded and those pushed back get their mails; without it nobody is written to.",
)


def chosen(file: File, names: Collection[str]) -> File:
    """Give the file with what a person said of it."""
    return replace(
        file,
        is_newer="is_newer" in names,
        is_reused="is_reused" in names,
        is_telling="is_telling" in names,
    )


def of(plan: Plan, resource: Resource) -> dict[str, tuple[str, str]]:
    """Give the boxes, by the option that each one sets."""
    found = {}
    if "is_newer" in resource.options:
        if plan.context.changed:
            found["is_newer"] = NEWER
        if plan.context.reused:
            found["is_reused"] = REUSED
        found["is_telling"] = TELL
    return found
