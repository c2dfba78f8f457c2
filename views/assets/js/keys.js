// Keys for those who like them, and the dialogs they open: each is a link to a page as well.
(() => {
  "use strict";
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const places = { h: "/", c: "/calls", k: "/calendar", a: "/appointments", b: "/billing", o: "/hours", t: "/users", s: "/settings" };
  let dialog = null;
  let going = 0;

  // A page's part in a dialog over this one; where it cannot be had, the page itself.
  async function open(link, part) {
    if (dialog?.open) return;
    const before = document.activeElement;
    try {
      const answer = await fetch(link.href);
      const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(part);
      if (!found) throw new Error("no such part");
      dialog ??= document.body.appendChild(document.createElement("dialog"));
      dialog.className = "over";
      dialog.setAttribute("aria-label", link.dataset.over);
      dialog.replaceChildren(document.adoptNode(found));
      dialog.onclose = () => before?.focus();
      dialog.showModal();
      (dialog.querySelector("input") ?? dialog).focus();
    } catch {
      location.assign(link.href);
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-over]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link, "main > .panel");
    } else if (dialog && event.target === dialog) dialog.close();
  });
  const follow = (kind) => document.querySelector(`a[data-over="${kind}"]`)?.click();

  // What is found comes with each word; an answer that was overtaken is not shown.
  let asked;
  let wait;
  async function find(input) {
    asked?.abort();
    asked = new AbortController();
    const address = `/find?${new URLSearchParams({ q: input.value })}`;
    const answer = await fetch(address, { headers: { "x-part": "found" }, signal: asked.signal });
    if (!answer.ok) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    input.form.parentElement.querySelector("[data-found]").replaceChildren(...[...part.body.childNodes].map((node) => document.adoptNode(node)));
  }
  document.addEventListener("input", (event) => {
    if (!event.target.closest("[data-find-form]")) return;
    clearTimeout(wait);
    wait = setTimeout(() => find(event.target).catch(() => {}), 120);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("dialog [data-find-form]");
    if (!form) return;
    event.preventDefault();
    clearTimeout(wait);
    find(form.q).then(() => form.parentElement.querySelector("[data-found] a")?.click(), () => {});
  });

  // Up and down among what can be opened.
  function step(links, by) {
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  }

  addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === "k") {
      event.preventDefault();
      return follow("Find");
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const finder = event.target.closest("[data-found], [data-find-form]")?.parentElement;
    if (finder && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      const links = [...finder.closest(".body").querySelectorAll("[data-found] a")];
      if (key === "ArrowUp" && links.indexOf(document.activeElement) === 0) finder.closest(".body").querySelector("input").focus();
      else step(links, key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (going && event.timeStamp - going < 1500) {
      going = 0;
      const link = places[key] && document.querySelector(`nav a[href="${places[key]}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    going = key === "g" ? event.timeStamp : 0;
    if (key === "?") follow("Keyboard");
    else if (key === "c") document.querySelector("a[data-new]")?.click();
    else if (key === "/") {
      const search = document.querySelector("main input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      } else follow("Find");
    } else if (key === "j" || key === "k") {
      const rows = [...document.querySelectorAll("main .rowlink")];
      if (rows.length && step(rows, key === "j" ? 1 : -1)) event.preventDefault();
    }
  });
})();
