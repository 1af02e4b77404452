// A run that is watched: only what has changed is drawn anew, and counts roll to what they are.
"use strict";

(() => {
  const page = document;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const ROLL = 600;  // milliseconds
  const TOKEN = "[name=csrfmiddlewaretoken]";

  for (const button of page.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  const isCount = (text) => /^\d{1,3}([\s.,’]?\d{3})*$/u.test(text.trim());
  const counts = (root) => {
    const figures = [...root.querySelectorAll(".number")];
    return figures.filter((figure) => !figure.firstElementChild && isCount(figure.textContent));
  };
  const valueOf = (figure) => Number(figure.textContent.replace(/\D/gu, ""));

  // Tokens are masked anew each time: that is no change.
  function isSame(old, fresh) {
    const [token, newer] = [old, fresh].map((part) => part.querySelector(TOKEN));
    if (token && newer) newer.setAttribute("value", token.value);
    return fresh.isEqualNode(old);
  }

  const before = new Map();
  page.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const { target, fragment } = detail;
    const fresh = fragment.id === target.id ? fragment : fragment.querySelector(`#${target.id}`);
    if (fresh && isSame(target, fresh)) detail.shouldSwap = false;
    else before.set(target.id, counts(target).map(valueOf));
  });

  page.addEventListener("htmx:afterSettle", () => {
    for (const [id, values] of before) {
      const figures = counts(page.getElementById(id) ?? page.createElement("p"));
      if (!calm.matches && figures.length === values.length) {
        figures.forEach((figure, at) => roll(figure, values[at]));
      }
    }
    before.clear();
  });

  function roll(figure, from) {
    const text = figure.textContent;
    const to = valueOf(figure);
    if (from === to) return;
    const format = new Intl.NumberFormat(page.documentElement.lang);
    const begun = performance.now();
    const step = (now) => {
      const part = Math.min((now - begun) / ROLL, 1);
      const value = Math.round(from + (to - from) * part);
      figure.textContent = part < 1 ? format.format(value) : text;
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
})();
