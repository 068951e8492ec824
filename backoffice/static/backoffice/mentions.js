// Names after an @ in the box of a note: a short list to choose from, by keys or by hand. Without this script, or
// without an answer, an @ and a user name that somebody types do the same. No inline handlers: the policy forbids them.
"use strict";
{
  const PIECE = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.+-]{0,40})$/u;
  const QUIET = 120; // milliseconds after a key

  const suggest = (box) => {
    const list = document.createElement("ul");
    let people = [];
    let answered; // the piece that those in the list are called by
    let chosen = 0;
    let asked = 0;
    let timer;
    Object.assign(list, { id: `${box.id}_names`, className: "names", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.namesLabel);
    box.after(list);
    box.setAttribute("aria-autocomplete", "list");

    const piece = () => (box.selectionStart === box.selectionEnd ? PIECE.exec(box.value.slice(0, box.selectionStart))?.[1] : undefined);

    const close = () => {
      asked++;
      clearTimeout(timer);
      list.hidden = true;
      box.removeAttribute("aria-activedescendant");
      box.removeAttribute("aria-controls");
    };

    const choose = (index) => {
      chosen = (index + people.length) % people.length;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", i === chosen));
      box.setAttribute("aria-activedescendant", list.children[chosen].id);
    };

    const take = (index) => {
      const end = box.selectionStart;
      box.setRangeText(`${people[index].name} `, end - piece().length, end, "end");
      close();
      box.focus();
    };

    const show = (found, called) => {
      people = found;
      answered = called;
      if (!people.length) return close();
      list.replaceChildren(
        ...people.map(({ name, called }, index) => {
          const item = document.createElement("li");
          const small = document.createElement("small");
          item.id = `${list.id}_${index}`;
          item.setAttribute("role", "option");
          item.textContent = `${called} `;
          small.textContent = `@${name}`;
          item.append(small);
          item.addEventListener("pointerdown", (event) => {
            event.preventDefault(); // the box keeps the focus
            take(index);
          });
          return item;
        }),
      );
      list.hidden = false;
      box.setAttribute("aria-controls", list.id);
      choose(0);
    };

    const ask = async () => {
      const mine = ++asked;
      const wanted = piece();
      if (wanted === undefined) return close();
      try {
        const answer = await fetch(`${box.dataset.names}?q=${encodeURIComponent(wanted)}`, { headers: { Accept: "application/json" } });
        const { people: found } = await answer.json();
        if (mine === asked) show(found, wanted);
      } catch {
        if (mine === asked) close();
      }
    };

    // Enter before the answer: whoever was called by a shorter piece is not meant by the longer one.
    const takeMeant = async (key) => {
      if (answered === piece()) return take(chosen);
      clearTimeout(timer);
      const wanted = piece();
      await ask();
      if (wanted !== piece()) return; // more was typed meanwhile
      if (!list.hidden && people.length === 1) take(0);
      else if (list.hidden && key === "Enter") box.setRangeText("\n", box.selectionStart, box.selectionEnd, "end");
    };

    box.addEventListener("input", () => {
      clearTimeout(timer);
      if (piece() === undefined) close();
      else timer = setTimeout(ask, QUIET);
    });
    box.addEventListener("blur", close);
    box.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      const does = {
        ArrowDown: () => choose(chosen + 1),
        ArrowUp: () => choose(chosen - 1),
        Enter: () => takeMeant("Enter"),
        Tab: () => takeMeant("Tab"),
        Escape: close,
      }[event.key];
      if (!does || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // Esc would leave the box
      does();
    });
  };

  document.querySelectorAll("textarea[data-names]").forEach(suggest);
}
