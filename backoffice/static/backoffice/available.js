// What a warehouse can send, beside the units that somebody types: of each product named, as soon as it is named. Without
// a script the page says the same once it is looked at.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const source = document.querySelector("[data-available]");
  const rows = () => [...document.querySelectorAll("input[name$='-sku']")];
  let asked = 0;

  const write = (sku, words, isShort) => {
    const units = sku.form.elements[sku.name.replace(/-sku$/, "-units")];
    if (!units) return;
    const said = units.parentNode.querySelector(".available") ?? units.insertAdjacentElement("afterend", document.createElement("span"));
    said.className = isShort ? "available short" : "available";
    said.setAttribute("role", "status");
    said.textContent = words;
  };

  const show = async () => {
    const turn = ++asked;
    const named = rows().filter((sku) => sku.value.trim());
    rows().filter((sku) => !sku.value.trim()).forEach((sku) => write(sku, "", false));
    if (!source.value || !named.length) return;
    const asking = named.map((sku) => `${source.value} ${sku.value.trim()}`);
    named.forEach((sku, place) => sku.dataset.said !== asking[place] && write(sku, "", false)); // those of another are gone at once
    const query = new URLSearchParams({ source: source.value });
    named.forEach((sku) => query.append("sku", sku.value.trim()));
    try {
      const answer = await fetch(`${source.dataset.available}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || turn !== asked) return;
      const { available } = await answer.json();
      named.forEach((sku, place) => {
        const there = available[place];
        sku.dataset.said = asking[place];
        const units = Number(sku.form.elements[sku.name.replace(/-sku$/, "-units")]?.value || 0);
        if (there === null) write(sku, "no such product", true);
        else write(sku, `${there.toLocaleString("en-US")} available`, units > there);
      });
    } catch {
      // a page without an answer says what it said before
    }
  };

  if (source) {
    const later = () => setTimeout(show);
    document.addEventListener("change", later);
    document.addEventListener("input", (event) => event.target.matches?.("input[name$='-units']") && later());
    later();
  }
});
