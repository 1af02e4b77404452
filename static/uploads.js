// Uploads with htmx: how far they are, and a way out. Without it the form sends the file itself.
"use strict";

(() => {
  const page = document;

  const percent = new Intl.NumberFormat(page.documentElement.lang, { style: "percent" });

  function showUpload(form, shown) {
    form.querySelector("[data-upload-progress]").hidden = !shown;
    for (const part of form.querySelectorAll("input[type=file], .form-actions > *")) {
      part.toggleAttribute(part.localName === "a" ? "hidden" : "disabled", shown);
    }
  }

  function showProgress(form, done) {
    form.querySelector("[data-upload-progress] progress").value = 100 * done;
    form.querySelector("[data-upload-percent]").textContent = percent.format(done);
    if (done < 1) return;
    form.querySelector("[data-upload-doing]").textContent = form.dataset.stored;
  }

  page.addEventListener("change", (event) => {
    const form = event.target.type === "file" && event.target.closest("[data-upload]");
    if (!form) return;
    const tooLarge = event.target.files[0]?.size > Number(form.dataset.maxBytes);
    event.target.setCustomValidity(tooLarge ? form.dataset.tooLarge : "");
    if (tooLarge) event.target.reportValidity();
  });
  page.addEventListener("htmx:beforeSend", (event) => {
    const form = event.target.closest?.("form[data-upload]");
    if (!form) return;
    showUpload(form, true);
    showProgress(form, 0);
    const { xhr } = event.detail;
    xhr.upload.addEventListener("progress", ({ loaded, total }) => {
      showProgress(form, total ? loaded / total : 0);
    });
    form.querySelector("[data-upload-cancel]").focus();
  });
  page.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-upload]");
    // Whoever is sent on to the next page sees the end of this one.
    if (form && !event.detail.xhr.getResponseHeader("HX-Redirect")) showUpload(form, false);
  });
  page.addEventListener("click", (event) => {
    const form = event.target.closest("[data-upload-cancel]")?.closest("form");
    if (!form) return;
    window.htmx.trigger(form, "htmx:abort");
    form.querySelector("input[type=file]").focus();
  });
})();
