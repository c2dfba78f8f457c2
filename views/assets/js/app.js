// What every page has beyond HTML. Each part also works, more slowly, without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  // A page that answers a form has the address of what it shows: loaded anew, it sends nothing twice.
  const own = document.querySelector("[data-address]")?.dataset.address;
  if (own) history.replaceState(history.state, "", own);

  // Instants are UTC in the page. The server wrote them in the zone it was last told; where that is
  // not the browser's, they are written anew, and the server is told.
  const styles = {
    "date-time": { weekday: "short", month: "short", day: "numeric", year: "numeric", hour: "numeric", minute: "2-digit" },
    long: { weekday: "long", month: "long", day: "numeric", year: "numeric", hour: "numeric", minute: "2-digit" },
    date: { weekday: "short", month: "short", day: "numeric", year: "numeric" },
    time: { hour: "numeric", minute: "2-digit" },
  };
  function tell(node) {
    const style = styles[node.dataset.style];
    const at = new Date(node.dateTime);
    if (!style || Number.isNaN(at.getTime())) return;
    node.textContent = at.toLocaleString("en-US", style).replace(" at ", ", ").replace(/\u202f/g, " ");
  }
  const told = decodeURIComponent(cookie("tz") ?? "");
  if (zone && zone !== told) {
    keep("tz", encodeURIComponent(zone));
    document.querySelectorAll("time[data-style]").forEach(tell);
    document.querySelectorAll("[data-zone-name]").forEach((node) => (node.textContent = zone.replaceAll("_", " ")));
  }
  document.querySelectorAll("input[data-browser-zone]").forEach((input) => (input.value = zone ?? ""));

  // The theme changes in place; the form would load the page anew.
  document.querySelector("[data-theme-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    keep("theme", theme);
    event.target.querySelector("button")?.setAttribute("aria-label", `Switch to the ${theme === "dark" ? "light" : "dark"} theme`);
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) setTimeout(() => button.setAttribute("aria-disabled", "true"));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // A form of several panels is not left by mistake.
  const guarded = document.querySelector("form[data-guarded]");
  guarded?.addEventListener("input", () => (guarded.dataset.changed = "yes"));
  guarded?.addEventListener("submit", () => delete guarded.dataset.changed);
  addEventListener("beforeunload", (event) => {
    if (guarded?.dataset.changed) event.preventDefault();
  });

  // Without TLS, on another host than this one, browsers have no clipboard for scripts but the old way.
  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[readonly]")) event.target.select();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copy(button.dataset.copy);
    const label = button.querySelector("[data-label]") ?? button;
    const before = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = before), 2000);
  });
})();
