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


def faults(page: "Page", *, but_for: Sequence[str] = ()) -> list[str]:
    """
    Give the critical and serious faults of a page as it stands: at a desk and on a phone, in light and in dark.

    :param but_for: what is left out, by its selector: to hold text against its ground takes most of the time
    """
    found: dict[str, None] = {}  # a set that keeps the order
    page.evaluate(AXE_SCRIPT)  # by the debugger: no policy of the page is asked, and none is lifted
    for width, left_out in ((WIDE, [*but_for]), (PHONE, [*but_for, MANY])):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme, options in (("light", ALL), ("dark", COLORS)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            for impact, rule, target, html in page.evaluate(RUN, [[[each] for each in left_out], options]):
                if impact in GRAVE:
                    found[f"{width} {scheme} {impact} {rule}: {target} {html[:120]}"] = None
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    page.emulate_media(color_scheme="light")
    return list(found)
