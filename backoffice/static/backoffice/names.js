// Names for what the stock admin leaves without one: cells of lines that are typed in, which a phone shows as cards, and
// fields and hints that could not be read aloud.
"use strict";
{
  const FIELDS = "input:not([type=hidden]), select, textarea";

  const nameLines = () =>
    document.querySelectorAll(".tabular table").forEach((table) => {
      const heads = [...table.tHead.rows[0].cells].flatMap((head) => Array(head.colSpan).fill(head.textContent.trim()));
      table.querySelectorAll("tbody tr.form-row").forEach((row) => [...row.cells].forEach((cell, i) => (cell.dataset.label = heads[i] ?? "")));
    });

  const nameFields = () =>
    document.querySelectorAll(".tabular td[data-label], #result_list td[data-label]").forEach((cell) =>
      cell.querySelectorAll(FIELDS).forEach((field) => {
        if (cell.dataset.label && !field.labels?.length && !field.ariaLabel) field.ariaLabel = cell.dataset.label;
      }),
    );

  const nameChoosers = () => {
    document.querySelectorAll("select.select2-hidden-accessible").forEach((field) => {
      const box = field.nextElementSibling?.querySelector("[role=combobox]");
      const name = field.labels?.[0]?.textContent.trim().replace(/:$/, "") || field.ariaLabel;
      if (!box || !name) return;
      box.removeAttribute("aria-labelledby");
      box.querySelectorAll("[role=textbox]").forEach((shown) => (shown.ariaLabel = name));
      box.ariaLabel = [name, field.selectedOptions[0]?.textContent.trim()].filter(Boolean).join(": ");
    });
    document.querySelectorAll("span.help-tooltip[aria-label]").forEach((hint) => (hint.role = "img"));
  };

  const nameAll = () => [nameLines, nameFields, nameChoosers].forEach((name) => name());
  nameAll();
  addEventListener("load", nameAll);
  document.addEventListener("formset:added", nameAll);
  // A chooser is made when it likes, after the page has loaded too: it is named then, whatever came first.
  new MutationObserver(nameChoosers).observe(document.body ?? document.documentElement, { childList: true, subtree: true });
  document.addEventListener("change", () => setTimeout(nameChoosers));
}
