// Puts a guest's own clock beside the business's, where the two show something else. Without this file
// the pages say the business's time and its name.
(() => {
  "use strict";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const show = (at, zone, style) => new Date(at).toLocaleString("en-US", { ...style, timeZone: zone }).replace(" at ", ", ").replace(/\u202f/g, " ");
  const TIME = { hour: "numeric", minute: "2-digit" };
  const DATE = { weekday: "short", month: "short", day: "numeric" };
  const DATE_TIME = { ...DATE, year: "numeric", ...TIME };

  // What the business's clock shows at that moment; nothing where the guest's shows the same.
  function there(node, at) {
    const zone = node.dataset.zone ?? "UTC";
    if (show(at, own, DATE_TIME) === show(at, zone, DATE_TIME)) return null;
    const isOtherDay = show(at, own, DATE) !== show(at, zone, DATE);
    return { time: show(at, zone, isOtherDay ? { ...DATE, ...TIME } : TIME), isOtherDay };
  }
  function put(node, part, text) {
    const place = node.querySelector(`[data-part="${part}"]`);
    if (place) place.textContent = text;
    return place;
  }

  function large(node) {
    const { start, end } = node.dataset;
    const theirs = there(node, start);
    if (!theirs) return;
    put(node, "month", show(start, own, { month: "short" }));
    put(node, "day", show(start, own, { day: "numeric" }));
    put(node, "date", show(start, own, { weekday: "long", month: "long", day: "numeric", year: "numeric" }));
    put(node, "start", show(start, own, TIME));
    put(node, "end", show(end, own, TIME));
    put(node, "zone", `in your time · ${theirs.time} ${node.dataset.there}`);
  }
  function inline(node) {
    const theirs = there(node, node.dataset.start);
    if (theirs) node.textContent = `${show(node.dataset.start, own, DATE_TIME)} in your time (${theirs.time} ${node.dataset.there})`;
  }
  function slot(node) {
    const theirs = there(node, node.dataset.start);
    if (!theirs) return false;
    const weekday = theirs.isOtherDay ? { weekday: "short" } : {};
    put(node, "start", show(node.dataset.start, own, { ...weekday, ...TIME }));
    const time = show(node.dataset.start, node.dataset.zone ?? "UTC", TIME);
    put(node, "there", `${time} ${node.dataset.there}`).hidden = false;
    return true;
  }
  try {
    document.querySelectorAll(".g-when").forEach(large);
    document.querySelectorAll("[data-inline]").forEach(inline);
    const differ = [...document.querySelectorAll("[data-slot]")].map(slot).some(Boolean);
    const says = document.querySelector("[data-zone-says]");
    if (says && differ) says.textContent = `In your time, and below it the time ${says.dataset.there}.`;
  } catch {
    // A browser that does not know the business's zone: what the server wrote stays right.
  }

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) setTimeout(() => button.setAttribute("aria-disabled", "true"));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
})();
