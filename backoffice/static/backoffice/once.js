// The buttons of a page that does something go quiet once it is sent. What is done once is decided by the page's key;
// without this script everything works the same. No inline handlers: the page's policy forbids them.
"use strict";
{
  const STILL = 20_000; // if no answer comes, or it was stopped, it may be sent again: the key sees to the rest
  const buttons = (form) => [...form.elements].filter((each) => ["submit", "image"].includes(each.type));
  const quieten = (form) => buttons(form).forEach((button) => (button.disabled = true));
  const wake = (form) => {
    delete form.dataset.sent;
    buttons(form).forEach((button) => (button.disabled = false));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.elements.namedItem("once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    // Not at once: a button that is disabled now would not be sent as the one that was pressed.
    setTimeout(() => quieten(form));
    setTimeout(() => wake(form), STILL);
  });

  // A page that the browser brings back, from its memory or with its fields as they were left, may be sent again.
  addEventListener("pageshow", () => [...document.forms].filter((form) => form.elements.namedItem("once")).forEach(wake));
}
