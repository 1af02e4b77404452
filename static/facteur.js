// Nothing here is needed to use Facteur: it makes what already works a little nicer.
"use strict";

(() => {
  const page = document;
  const texts = () => page.body.dataset;
  page.documentElement.classList.add("scripted");

  // --- Messages ---------------------------------------------------------------------------

  function showButtons(root) {
    for (const button of root.querySelectorAll("[data-close-toast]")) button.hidden = false;
    if (!navigator.clipboard) return;  // only on https and this machine
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  }

  function say(text) {
    const toasts = page.querySelector(".toasts");
    if (!toasts || [...toasts.children].some((toast) => toast.textContent.trim() === text)) return;
    const toast = page.createElement("div");
    const paragraph = page.createElement("p");
    toast.className = "toast notice is-warn";
    paragraph.textContent = text;
    toast.append(paragraph);
    toasts.append(toast);
  }

  page.addEventListener("click", (event) => {
    event.target.closest("[data-close-toast]")?.closest(".toast").remove();
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    page.addEventListener(name, (event) => {
      const upload = event.target.closest?.("[data-upload]");
      say(upload ? upload.dataset.interrupted : texts().couldNotUpdate);
    });
  }

  // Whoever was signed out meanwhile gets the whole sign-in page, not a part of it in a table.
  page.addEventListener("htmx:beforeSwap", (event) => {
    if (new URL(event.detail.xhr.responseURL).pathname !== texts().signIn) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });

  // --- Menus: one at a time, floating, closed by Escape or a click elsewhere ---------------

  const openMenus = () => page.querySelectorAll("details.menu[open], details.account[open]");

  function floatMenu(menu) {
    const list = menu.querySelector(":scope > :not(summary)");
    const anchor = menu.querySelector("summary").getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list;
    const below = anchor.bottom + height + 8 < window.innerHeight || anchor.top < height + 8;
    const left = Math.min(Math.max(8, anchor.right - width), window.innerWidth - width - 8);
    list.style.left = `${left}px`;
    list.style.top = `${below ? anchor.bottom : anchor.top - height - 8}px`;
  }

  page.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (!menu.matches?.("details.menu") || !menu.open) return;
      for (const other of openMenus()) if (other !== menu) other.open = false;
      floatMenu(menu);
    },
    true,
  );
  page.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  page.addEventListener(
    "scroll",
    () => {
      page.querySelectorAll("details.menu[open]").forEach(floatMenu);
    },
    { capture: true, passive: true },
  );

  // --- Dialogs: a link to a page that asks opens that page's question where one is ---------

  async function openDialog(link) {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    const question = answer.querySelector("[data-dialog-content]");
    if (!response.ok || !question) throw new Error("no question on that page");
    const dialog = page.createElement("dialog");
    dialog.setAttribute("aria-labelledby", question.getAttribute("aria-labelledby"));
    dialog.append(page.adoptNode(question));
    dialog.addEventListener("close", () => {
      dialog.remove();
      (link.closest("details.menu")?.querySelector("summary") ?? link).focus();
    });
    page.body.append(dialog);
    dialog.showModal();
    // Not on the button that can't be undone.
    const first = "input:not([type=hidden]), select, textarea";
    (dialog.querySelector(first) ?? dialog.querySelector("[data-close-dialog]"))?.focus();
  }

  page.addEventListener("click", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    const link = plain && event.target.closest("a[data-dialog]");
    if (link) {
      event.preventDefault();
      link.closest("details.menu")?.removeAttribute("open");
      openDialog(link).catch(() => window.location.assign(link.href));
    }
    const dialog = event.target.closest("dialog");
    if (dialog && event.target.closest("[data-close-dialog]")) {
      event.preventDefault();
      dialog.close();
    } else if (dialog === event.target) {
      dialog.close();
    }
  });

  // --- Forms: sent once, and what is wrong is read first -----------------------------------

  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    // An answer that is a download leaves the page standing.
    setTimeout(() => allowAgain(form), 5000);
  });

  function allowAgain(form) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  window.addEventListener("pageshow", () => {
    page.querySelectorAll("form[data-sent]").forEach(allowAgain);
  });

  // --- Tables whose rows can be ticked: all at once ----------------------------------------

  const ticks = (all) => page.querySelectorAll(`[type=checkbox][form="${all.dataset.tickAll}"]`);

  function prepareTicks(root) {
    for (const all of root.querySelectorAll("[data-tick-all]")) all.hidden = false;
  }

  page.addEventListener("change", (event) => {
    const all = page.querySelector("[data-tick-all]");
    if (!all) return;
    const every = [...ticks(all)];
    if (event.target === all) for (const one of every) one.checked = all.checked;
    const ticked = every.filter((one) => one.checked).length;
    all.checked = ticked > 0 && ticked === every.length;
    all.indeterminate = ticked > 0 && ticked < every.length;
  });

  // --- Answers that redraw a form: only when they know all that stands in it ---------------

  // What the server is asked to draw: by which request, of which state, and whether a button
  // asked for it, which changes more than the state does.
  const drawings = new WeakMap();
  const formOf = new WeakMap();
  const stateOf = (form) => new URLSearchParams(new FormData(form)).toString();

  page.addEventListener("htmx:beforeRequest", (event) => {
    const { target, xhr, requestConfig } = event.detail;
    const form = target.closest?.("form[data-newest]");
    if (!form || !target.matches(form.dataset.newest)) return;
    if (drawings.get(form)?.isButton) {
      event.preventDefault(); // the button is asked for again, of the state as it is now
      return;
    }
    const isButton = requestConfig.triggeringEvent?.type === "click";
    drawings.set(form, { xhr, state: stateOf(form), isButton });
    formOf.set(xhr, form);
  });
  page.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = formOf.get(detail.xhr);
    if (!form || !detail.shouldSwap) return;
    const drawing = drawings.get(form);
    const { elt, triggeringEvent } = detail.requestConfig;
    if (drawing.xhr !== detail.xhr) {
      detail.shouldSwap = false; // a newer answer is on its way
    } else if (drawing.state !== stateOf(form)) {
      detail.shouldSwap = false; // somebody types meanwhile: the same again, of the newest
      setTimeout(() => window.htmx.trigger(elt, triggeringEvent.type));
    } else if (!drawing.isButton) {
      drawing.typing = typingIn(form);
    }
  });
  page.addEventListener("htmx:afterSwap", ({ detail }) => {
    drawings.get(formOf.get(detail.xhr))?.typing?.();
  });
  page.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = formOf.get(detail.xhr);
    if (drawings.get(form)?.xhr === detail.xhr) drawings.delete(form);
  });

  // Parts of a form that somebody has opened stay open.
  let openParts = [];
  page.addEventListener("htmx:beforeSwap", ({ detail }) => {
    openParts = [...detail.target.querySelectorAll("details.part[open]")].map(({ id }) => id);
  });
  page.addEventListener("htmx:afterSwap", () => {
    for (const id of openParts) page.getElementById(id)?.setAttribute("open", "");
  });

  // Returns what puts a text that is being typed back as it was, blanks and cursor and all.
  function typingIn(form) {
    const { id, value, type, selectionStart: start, selectionEnd: end } = page.activeElement;
    if (!id || start == null || !form.contains(page.activeElement)) return null;
    return () => {
      const field = page.getElementById(id);
      if (field?.type !== type) return;
      field.value = value;
      field.setSelectionRange(start, end);
    };
  }

  // --- Texts to copy ------------------------------------------------------------------------

  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = page.getElementById(button.dataset.copy);
    navigator.clipboard.writeText(text.value).then(
      () => {
        button.textContent = button.dataset.copied;
      },
      () => text.select(),
    );
  });

  // --- Keys: / searches, ? helps, g and a letter goes --------------------------------------

  let going = 0;

  function press(key) {
    const search = page.querySelector(
      "main input[type=search], main [role=search] input:not([type=hidden])",
    );
    if (key === "/" && search) {
      search.focus();
      search.select?.();
      return true;
    }
    if (key === "?") {
      page.getElementById("keys")?.showModal();
      return true;
    }
    if (Date.now() - going < 1500) {
      going = 0;
      page.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
      return true;
    }
    if (key === "g") going = Date.now();
    return false;
  }

  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of openMenus()) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event.key)) event.preventDefault();
  });

  // --- Moments: "3 minutes ago" stays true while the page stands open -----------------------

  const MINUTE = 60000;
  const spoken = new Intl.RelativeTimeFormat(page.documentElement.lang);

  // The same steps as config/templatetags/moments.py.
  function freshen(time) {
    const minutes = (Date.parse(time.dateTime) - Date.now()) / MINUTE;
    const [away, sign] = [Math.round(Math.abs(minutes)), Math.sign(minutes)];
    const hours = Math.round(away / 60);
    if (away < 1) return;
    if (away < 60) time.textContent = spoken.format(sign * away, "minute");
    else if (hours < 12) time.textContent = spoken.format(sign * hours, "hour");
    else if (Date.now() >= Date.parse(time.dataset.relative)) time.textContent = time.title;
  }

  function freshenAll() {
    page.querySelectorAll("time[data-relative]").forEach(freshen);
  }

  setInterval(freshenAll, MINUTE);
  window.addEventListener("pageshow", freshenAll);
  page.addEventListener("visibilitychange", freshenAll);

  // --- The tab: its icon and title follow live parts ---------------------------------------

  function followState() {
    const { pageState, pageTitle } = page.querySelector("[data-page-state]")?.dataset ?? {};
    const icon = page.querySelector("link[rel=icon]");
    if (pageState && icon) icon.href = icon.dataset[pageState];
    if (pageTitle) page.title = pageTitle;
  }

  page.addEventListener("htmx:afterSettle", followState);

  // --- Back: what was said then is not said again, and live parts are drawn anew ------------

  const cameBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const forgetMessages = () => page.querySelector(".toasts")?.replaceChildren();

  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted || cameBack()) forgetMessages();
    if (persisted && page.querySelector("[hx-trigger*='every']")) window.location.reload();
  });

  // --- Start ------------------------------------------------------------------------------

  page.addEventListener("DOMContentLoaded", () => {
    showButtons(page);
    prepareTicks(page);
    page.querySelector("[data-focus]")?.focus();
  });
  page.addEventListener("htmx:load", (event) => {
    showButtons(event.detail.elt);
    prepareTicks(event.detail.elt);
    // Not away from where somebody types meanwhile.
    if (page.activeElement?.matches("input, select, textarea")) return;
    event.detail.elt.querySelector("[data-focus]")?.focus();
  });
})();
