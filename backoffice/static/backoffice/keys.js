// Keys for people who live in the lists. No inline handlers: the page's policy forbids them.
"use strict";
{
  const byId = (id) => document.getElementById(id);
  const isTyping = (node) => node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("#result_list tbody tr, [data-rows] > *")];
  const areLettersOff = document.querySelector("meta[name=letters][content=off]") !== null;
  if (areLettersOff) document.querySelectorAll("[aria-keyshortcuts]").forEach((node) => node.removeAttribute("aria-keyshortcuts"));
  let at = -1;

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    all[at]?.classList.remove("at");
    at = Math.min(all.length - 1, Math.max(0, at + by));
    all[at].classList.add("at");
    all[at].scrollIntoView({ block: "nearest" });
    (all[at].querySelector("a[href], input") ?? all[at]).focus({ preventScroll: true });
    history.replaceState({ ...history.state, at }, ""); // who comes back goes on from the row they opened
  };
  addEventListener("pageshow", () => {
    if (at < 0 && rows().length && history.state?.at >= 0) step(history.state.at + 1);
  });
  const box = () => rows()[at]?.querySelector("input.action-select");
  const turn = (by) => {
    const tabs = [...(document.querySelector("#questions, #changelist-filter .tabs, .views .tabs")?.querySelectorAll("a") ?? [])];
    tabs[tabs.findIndex((tab) => tab.hasAttribute("aria-current")) + by]?.click();
  };
  const openRow = () => rows()[at]?.querySelector("a[href]")?.click();

  const actions = {
    "/": () => {
      const box = document.querySelector("[data-search], #searchbar");
      if (box) box.select();
      else openJump();
    },
    "?": () => openKeys(),
    j: () => step(1),
    k: () => step(-1),
    x: () => box()?.click(),
    o: openRow,
    "[": () => turn(-1),
    "]": () => turn(1),
    z: () => document.querySelector('.messagelist a[href*="/undo/"]')?.click(),
  };

  // --- letters: what can be done here; after g, where to go -----------------------------
  const AFTER_G = 2000; // milliseconds in which a letter is a place to go
  const named = (name, key) => document.querySelector(`[${name}="${CSS.escape(key)}"]`);
  let asked_to_go = -AFTER_G;
  let soon; // what leaves the page waits: more may come from a scanner

  const letter = (event) => {
    const going = event.timeStamp - asked_to_go < AFTER_G;
    asked_to_go = !going && event.key === "g" ? event.timeStamp : -AFTER_G;
    const what = named(going ? "data-go" : "aria-keyshortcuts", event.key);
    if (!going && actions[event.key]) return actions[event.key]();
    if (!what) return;
    const act = () => {
      soon = undefined;
      if (what.closest(".actions") && !document.querySelector("input.action-select:checked")) box()?.click();
      what.click();
    };
    soon = { act, at: event.timeStamp, timer: setTimeout(act, FAST) };
  };

  // A page that was busy hears two keys of a hand at once: the first is still no scanner's.
  const next = (event) => {
    if (!soon) return;
    const { act, at, timer } = soon;
    soon = undefined;
    clearTimeout(timer);
    if (event.timeStamp - at >= FAST) act();
  };

  // --- a barcode scanner: keys faster than a hand, then Enter ---------------------------
  const FAST = 40; // milliseconds between two keys
  const SCANNED = 6; // keys; a hand that rolls over a few of them is no scanner
  const IN_HAND = 2; // keys so fast that they may still be a hand's
  let scan = "";
  let last = 0;

  const scanned = (event) => {
    const fast = event.timeStamp - last < FAST;
    last = event.timeStamp;
    if (event.key === "Enter" && fast && scan.length >= SCANNED) {
      const code = scan;
      scan = "";
      return code;
    }
    if (event.key.length === 1) scan = fast && !event.repeat ? scan + event.key : event.key;
    else if (event.key !== "Shift") scan = "";
    return "";
  };

  document.addEventListener("keydown", (event) => {
    next(event);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openJump();
    }
    if (isTyping(event.target)) {
      if (event.key === "Escape" && !event.target.closest("dialog, details")) event.target.blur();
      return;
    }
    if (!plain) return;
    const code = scanned(event);
    if (document.querySelector("dialog[open]")) return;
    if (code && jump) {
      event.preventDefault();
      openJump();
      text.value = code;
      return go();
    }
    if (event.key === "Enter") {
      if (event.target.closest("a, button, summary, [type=submit]") || !rows()[at]) return;
      event.preventDefault(); // on its box, Enter would send the list
      return openRow();
    }
    if (areLettersOff) return;
    if (actions[event.key]) event.preventDefault();
    if (scan.length <= IN_HAND) letter(event); // the slash in the middle of a code is no wish to search
  });

  // The first thing that is asked can be answered at once; a phone would cover the page with its keys.
  if (matchMedia("(hover: hover)").matches) {
    document.querySelector("form[data-first] :is(input, select, textarea):not([type=hidden], [type=checkbox], [type=submit])")?.focus();
  }

  // --- the number of units that are selected ------------------------------------------
  const units = byId("selected-units");
  const addUp = () => {
    const boxes = [...document.querySelectorAll("input.action-select:checked")];
    const sum = boxes.reduce((total, box) => total + Number(box.dataset.units ?? 0), 0);
    units.hidden = !sum;
    units.textContent = `· ${sum.toLocaleString(document.documentElement.lang)} ${units.dataset.word}`;
  };
  if (units) {
    byId("changelist-form")?.addEventListener("change", addUp);
    byId("action-toggle")?.addEventListener("click", () => setTimeout(addUp));
    addEventListener("pageshow", addUp);
  }

  // --- filters that apply themselves, menus that close ----------------------------------
  document.querySelectorAll("form[data-live] select, form[data-live] input[type=checkbox]").forEach((field) => {
    field.addEventListener("change", () => field.form.requestSubmit());
  });
  document.querySelectorAll("form[data-live]").forEach((form) => {
    form.addEventListener("submit", () => form.querySelectorAll("input, select").forEach((f) => (f.disabled = !f.value)));
    addEventListener("pageshow", () => form.querySelectorAll("input, select").forEach((f) => (f.disabled = false)));
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open], #changelist-filter details[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open], #changelist-filter details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.querySelector("#sidebar [aria-current]")?.scrollIntoView({ block: "nearest" });
  byId("menu-button")?.addEventListener("click", (event) => {
    const open = byId("sidebar").classList.toggle("open");
    event.currentTarget.setAttribute("aria-expanded", open);
  });
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.addEventListener("click", async () => {
      const words = byId(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(words.textContent.trim());
        button.textContent = button.dataset.copied ?? button.textContent;
      } catch {
        getSelection().selectAllChildren(words); // without HTTPS nothing may be copied for them: it is selected
      }
    });
  });

  // --- the keys, told -------------------------------------------------------------------
  const keys = byId("keys");
  const words = (node) => (node.matches("input") ? node.value : node.firstChild.textContent).trim();
  const tell = (list, nodes, key) => {
    const told = [...nodes].filter((node) => node.getClientRects().length);
    list.replaceChildren(
      ...told.flatMap((node) => {
        const [term, sense, cap] = ["dt", "dd", "kbd"].map((name) => document.createElement(name));
        cap.textContent = key(node);
        sense.textContent = words(node);
        term.append(cap);
        return [term, sense];
      }),
    );
    list.parentElement.hidden = !told.length;
  };

  function openKeys() {
    if (!keys || keys.open) return;
    tell(byId("keys-here"), document.querySelectorAll("[aria-keyshortcuts]"), (node) => node.getAttribute("aria-keyshortcuts"));
    tell(byId("keys-go"), areLettersOff ? [] : document.querySelectorAll("[data-go]"), (node) => node.dataset.go);
    keys.showModal();
  }
  byId("keys-button")?.addEventListener("click", openKeys);
  keys?.addEventListener("click", (event) => {
    if (event.target === keys) keys.close();
  });

  // --- the palette ----------------------------------------------------------------------
  const jump = byId("jump");
  const text = byId("jump-text");
  const found = byId("jump-found");
  const none = byId("jump-none");
  let asked = 0;
  let chosen = 0;
  let timer;
  let shown; // the question whose answer stands below it

  function openJump() {
    if (!jump || jump.open) return;
    jump.showModal();
    text.select();
    if (!text.value) show([], none.dataset.empty);
  }

  const choose = (index) => {
    const links = [...found.children];
    chosen = Math.max(0, Math.min(links.length - 1, index));
    links.forEach((item, i) => item.setAttribute("aria-selected", i === chosen));
    links[chosen]?.scrollIntoView({ block: "nearest" });
    if (links[chosen]) text.setAttribute("aria-activedescendant", links[chosen].id);
  };

  const show = (results, words) => {
    found.replaceChildren(
      ...results.map((result, index) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        const kind = document.createElement("small");
        item.id = `jump-${index}`;
        if (result.is_exact) item.dataset.exact = "yes";
        item.setAttribute("role", "option");
        link.href = result.url;
        link.textContent = result.label;
        kind.textContent = [result.kind, result.detail].filter(Boolean).join(" · ");
        link.append(kind);
        item.append(link);
        return item;
      }),
    );
    none.textContent = results.length ? "" : words;
    choose(0);
  };

  const ask = async () => {
    const mine = ++asked;
    const query = text.value.trim();
    if (!query) {
      shown = query;
      return show([], none.dataset.empty);
    }
    try {
      const answer = await fetch(`${jump.dataset.url}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } });
      const { results, words } = await answer.json();
      if (mine !== asked) return;
      shown = query;
      show(results, words || none.dataset.nothing);
    } catch {
      if (mine === asked) show([], none.dataset.broken);
    }
  };

  // Enter before the answer, as a scanner sends it: follow what is called exactly so, or the only hit
  const go = async () => {
    clearTimeout(timer);
    if (shown !== text.value.trim()) {
      const sent = text.value.trim();
      await ask();
      if (shown !== sent || text.value.trim() !== sent) return;
      if (!found.firstElementChild || (found.children.length > 1 && !found.firstElementChild.dataset.exact)) {
        return text.select(); // what is scanned next takes its place
      }
    }
    found.children[chosen]?.querySelector("a").click();
  };

  if (jump) {
    byId("jump-button")?.addEventListener("click", openJump);
    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 120);
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        go();
      }
    });
    jump.addEventListener("click", (event) => {
      if (event.target === jump) jump.close();
    });
  }
}
