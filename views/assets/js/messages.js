// The editor of a message: chips that insert, and a preview that follows what is typed.
(() => {
  "use strict";
  const form = document.querySelector("form[data-preview]");
  if (!form) return;
  const fields = [...form.querySelectorAll("input[name=subject], textarea[name=body]")];
  let last = form.elements.body;
  for (const field of fields) field.addEventListener("focus", () => (last = field));

  for (const chip of form.querySelectorAll("[data-insert]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.textContent = chip.querySelector("span").textContent;
    button.title = chip.dataset.insert;
    button.addEventListener("click", () => {
      last.focus();
      last.setRangeText(chip.dataset.insert, last.selectionStart, last.selectionEnd, "end");
      last.dispatchEvent(new Event("input", { bubbles: true }));
    });
    chip.replaceChildren(button);
  }

  // What the server makes of it, in the same page that the button shows.
  const put = (page, selector) => {
    const [now, next] = [document.querySelector(selector), page.querySelector(selector)];
    if (now && next) now.replaceWith(document.importNode(next, true));
  };
  let asked = 0;
  async function show() {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        headers: { accept: "text/html" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok) throw new Error("not answered as asked");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked || !page.querySelector("[data-part=preview]")) return;
      put(page, "[data-part=preview]");
      for (const field of fields) {
        put(page, `#${field.id}-about`);
        const isWrong = page.getElementById(field.id).hasAttribute("aria-invalid");
        if (isWrong) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    } catch {
      // The button still shows it.
      form.querySelector("[data-by-hand]").hidden = false;
    }
  }
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 300);
  });
  form.querySelector("[data-by-hand]").hidden = true;
})();
