"""How well the text of a page stands out from what is behind it (WCAG 2.2, success criterion 1.4.3)."""

from typing import Any, NamedTuple

ENOUGH, ENOUGH_LARGE = 4.5, 3.0
"""The contrast that text needs; large text (24 px, or 18.66 px and bold) needs less."""
MEASURE = """() => {
  document.getAnimations().forEach(each => each.finish());  // colors that fade over are those they become
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = {};
  const rgba = color => known[color] ??= (() => {
    brush.clearRect(0, 0, 1, 1); brush.fillStyle = color; brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  })();
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = element => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const color = rgba(getComputedStyle(each).backgroundColor);
      layers.push(color); if (color[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), rgba("Canvas"));
  };
  const light = ([r, g, b]) => [r, g, b].map(part => part / 255)
    .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b); return (high + .05) / (low + .05);
  };
  const found = {};
  const measure = (element, text, style) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.disabled) return;
    let ink = [...rgba(element.closest("svg") ? style.fill : style.color)];
    for (let each = element; each; each = each.parentElement) ink[3] *= getComputedStyle(each).opacity;
    const ground = behind(element), ratio = contrast(over(ink, ground), ground);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}`;
    const key = `${name} ${ratio.toFixed(2)}`;
    found[key] ??= [text.trim().slice(0, 40), name, ratio, isLarge];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (node.data.trim() && !["SCRIPT", "STYLE", "TEMPLATE", "OPTION", "TITLE"].includes(element.tagName))
      measure(element, node.data, getComputedStyle(element));
  }
  const typed = "input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea";
  for (const field of document.querySelectorAll(typed)) {
    measure(field, field.value || field.name, getComputedStyle(field));
    if (field.placeholder) measure(field, field.placeholder, getComputedStyle(field, "::placeholder"));
  }
  return Object.values(found);
}"""


class Text(NamedTuple):
    """A text as somebody sees it; ``ratio``: its contrast, from 1 to 21."""

    text: str
    element: str
    ratio: float
    is_large: bool

    @property
    def is_legible(self) -> bool:
        return self.ratio >= (ENOUGH_LARGE if self.is_large else ENOUGH)


def texts(page: Any) -> list[Text]:
    """Measure every text of a page that is seen, one of each kind of element and contrast."""
    return [Text(*each) for each in page.evaluate(MEASURE)]
