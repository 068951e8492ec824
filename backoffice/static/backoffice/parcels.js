// The shipping desk: Enter leads to the next number, a pasted column fills the rows below, a scanned slip leads to its
// row. Without this script everything can be typed. No inline handlers: the page's policy forbids them.
"use strict";
{
  const fields = () => [...document.querySelectorAll("input[data-tracking]")];
  const go = (field) => {
    field?.focus();
    field?.select();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input[data-tracking]")) return;
    event.preventDefault(); // a scanner ends with it: the form is not sent
    const all = fields();
    const next = all[all.indexOf(event.target) + 1];
    if (next) go(next);
    else document.querySelector("[name=hand_over]")?.focus();
  });

  let unsaved = false;
  const note = document.getElementById("pasted");
  const say = (words) => {
    if (!note) return;
    note.textContent = words;
    note.hidden = !words;
  };

  // A heading is no number, a blank line leaves its parcel as it is, and what does not fit is not filled in at all.
  const heading = /^(tracking|awb|shipment|parcel)([ _]?(number|no\.?|id))?$/i;
  document.addEventListener("paste", (event) => {
    if (!event.target.matches("input[data-tracking]")) return;
    const lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    if (lines.length < 2) return;
    event.preventDefault();
    if (heading.test(lines[0].trim())) lines.shift();
    const all = fields().slice(fields().indexOf(event.target));
    const isApart = lines.some((line) => line.trim().includes("\t"));
    say(isApart ? note.dataset.columns : lines.length > all.length ? note.dataset.more : "");
    if (isApart || lines.length > all.length) return;
    lines.forEach((line, place) => (all[place].value = line.trim() || all[place].value));
    unsaved = true;
    go(all[lines.length - 1]);
  });

  // What was typed and not saved is not left behind by a link.
  const form = document.getElementById("parcels");
  form?.addEventListener("input", () => (unsaved = true));
  form?.addEventListener("submit", () => (unsaved = false));
  addEventListener("beforeunload", (event) => unsaved && event.preventDefault());

  const scan = document.getElementById("scan-order");
  if (scan) {
    scan.hidden = false;
    scan.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const code = scan.value.trim().toLowerCase();
      const same = fields().filter((field) => field.dataset.tracking.toLowerCase() === code);
      say(same.length || !code ? "" : `${note.dataset.unknown} ${scan.value.trim()}`);
      scan.value = "";
      go(same.find((field) => !field.value) ?? same[0]);
    });
  }

  // The first number that is missing is what comes next; a phone would cover the page with its keys.
  if (matchMedia("(hover: hover)").matches && !document.querySelector(".errornote")) go(fields().find((field) => !field.value));

  const print = document.getElementById("print-papers");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
}
