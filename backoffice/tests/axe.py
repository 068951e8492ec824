"""What axe-core finds on a page: faults that a screen reader, a keyboard or weak eyes trip over."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT

from backoffice.tests.browser import HEIGHT, PHONE, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = {"critical", "serious"}
SETTLED = "document.getAnimations().forEach(each => each.finish())"
"""A link that fades from one color to the other is too pale on its way."""
RUN = """async ([exclude, options]) => (await axe.run({ include: [["html"]], exclude }, options)).violations.flatMap(
    fault => fault.nodes.map(node => [fault.impact, fault.id, node.target.flat().join(" "), node.html])
)"""
ALL: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
COLORS = ALL | {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What light and dark can differ in."""
MANY = "#result_list tbody tr:nth-child(n+11)"
"""Rows that a phone shows as cards like the ten before them."""
Look = tuple[int, str]
"""How wide a window is, and the scheme of its colors."""
LOOKS: Sequence[Look] = ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark"))
BY_TURNS: Sequence[Sequence[Look]] = (((WIDE, "light"), (PHONE, "dark")), ((WIDE, "dark"), (PHONE, "light")))
"""Of a hundred screens in a row each is held in both widths and both schemes, and every other one in the same two."""


def faults(page: "Page", *, but_for: Sequence[str] = (), looks: Sequence[Look] = LOOKS) -> list[str]:
    """
    Give the critical and serious faults of a page as it stands: at a desk and on a phone, in light and in dark.

    :param but_for: what is left out, by its selector: to hold text against its ground takes most of the time
    :param looks: those of one width beside each other; in each but its first only colors are held
    """
    found: dict[str, None] = {}  # a set that keeps the order
    page.evaluate(AXE_SCRIPT)  # by the debugger: no policy of the page is asked, and none is lifted
    seen: set[int] = set()
    for width, scheme in looks:
        left_out = [*but_for, MANY] if width == PHONE else but_for
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(SETTLED)
        options = COLORS if width in seen else ALL
        seen.add(width)
        for impact, rule, target, html in page.evaluate(RUN, [[[each] for each in left_out], options]):
            if impact in GRAVE:
                found[f"{width} {scheme} {impact} {rule}: {target} {html[:120]}"] = None
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    page.emulate_media(color_scheme="light")
    return list(found)
