// Keeps the page true while somebody looks at it: hears what kind of thing has changed, asks for this
// very page again, and puts the marked parts of it in place of the old ones. Nothing that somebody
// types in, listens to, has opened or marked is taken away; that part waits.
(() => {
  "use strict";
  const state = document.querySelector("[data-live-state]");
  const [TOPICS, SECOND] = [["calls", "appointments", "messages", "balance", "hours", "all"], 1000];
  const [stale, held] = [new Set(), new Set()];
  // A page that was loaded unseen may be older than its clock says.
  let [source, timer, again, grace, failures, misses, asked, wasOpen] = [null, 0, 0, 0, 0, 0, 0, document.hidden];
  let topics = new Set();

  function say(text, isBroken) {
    // A screen reader hears of a break and of its end, and not of each page that is fine.
    if (isBroken) state.ariaLive = "polite";
    state.hidden = !text;
    state.classList.toggle("off", isBroken);
    if (state.textContent !== text) state.textContent = text;
  }

  function isTyped(field) {
    if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
    return field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  }
  function isHeld(part) {
    const [focus, marked] = [document.activeElement, getSelection()];
    return (
      (part.contains(focus) && focus.closest("form")) ||
      (!marked.isCollapsed && part.contains(marked.anchorNode)) ||
      part.querySelector("dialog[open], details[open], .playing") ||
      [...part.querySelectorAll("audio")].some((audio) => !audio.paused || audio.currentTime > 0) ||
      [...part.querySelectorAll("input, select, textarea")].some(isTyped)
    );
  }
  // Says whether the part is as it should be.
  function put(part, fresh) {
    if (!fresh || part.isEqualNode(fresh)) return true;
    const focus = document.activeElement;
    const name = focus.id ? `#${CSS.escape(focus.id)}` : `a[href="${CSS.escape(focus.getAttribute("href") ?? "")}"]`;
    const next = part.contains(focus) ? fresh.querySelector(name) : null;
    if (isHeld(part) || (part.contains(focus) && !next)) return false;
    part.replaceWith(document.adoptNode(fresh));
    next?.focus({ preventScroll: true });
    return true;
  }

  const soon = (wait) => (timer ||= setTimeout(renew, Math.max(wait, asked + 2 * SECOND - Date.now())));
  // Pages that hear the same do not all ask at once.
  const shortly = () => soon(300 + Math.random() * 700);
  async function renew() {
    asked = Date.now();
    const [wanted, changed] = [new Set([...stale, ...held]), topics];
    // What is told from now on, the answer to this may not say.
    stale.clear();
    held.clear();
    topics = new Set();
    const parts = [...wanted].map((id) => document.getElementById(id)).filter(Boolean);
    const free = parts.filter((part) => !isHeld(part) || !held.add(part.id));
    try {
      if (free.length) {
        const signal = AbortSignal.timeout(15 * SECOND);
        const answer = await fetch(location.pathname + location.search, { headers: { "x-live": "1", accept: "text/html" }, signal });
        if (answer.redirected) return leave("Signed out");
        // The answer to a form has no address of its own; what may not be seen any more goes.
        if (answer.status === 405) return leave("");
        if (answer.status === 403 || answer.status === 404) return location.reload();
        if (!answer.ok) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of free) if (!put(part, page.getElementById(part.id))) held.add(part.id);
      }
      document.dispatchEvent(new CustomEvent("live", { detail: changed }));
      misses = 0;
    } catch {
      for (const part of free) stale.add(part.id);
      for (const topic of changed) topics.add(topic);
      misses += 1;
    }
    timer = 0;
    if (misses) soon(Math.min(60, 2 ** misses) * SECOND * (0.5 + Math.random()));
    else if (stale.size || topics.size) shortly();
    else if (held.size) soon(5 * SECOND);
  }
  function note(topic, id) {
    const shown = document.querySelector("[data-live-id]")?.dataset.liveId;
    if (topic === "calls" && shown && id !== "*" && id !== shown) return;
    topics.add(topic);
    for (const part of document.querySelectorAll("[data-live]")) {
      if (topic === "all" || part.dataset.live.split(" ").includes(topic)) stale.add(part.id);
    }
    shortly();
  }

  function close() {
    source?.close();
    source = null;
    clearTimeout(again);
    clearTimeout(grace);
    grace = 0;
  }
  function leave(text) {
    close();
    timer = 0;
    say(text, true);
  }
  function open() {
    if (source || document.hidden) return;
    // What became true between this page and the stream the server tells at once; after a break all is read.
    source = new EventSource(wasOpen ? "/live" : `/live?age=${Math.round(performance.now())}`);
    source.onopen = () => {
      if (wasOpen) note("all");
      [wasOpen, failures] = [true, 0];
      clearTimeout(grace);
      grace = 0;
      say("Live", false);
    };
    source.onerror = () => {
      wasOpen = true;
      grace ||= setTimeout(() => say("Reconnecting…", true), 3 * SECOND);
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused: the browser has given up, and there is no hurry. The page itself says whether its
      // reader is signed out; else it is at least read anew each time.
      note("all");
      const wait = Math.min(300, 5 * 2 ** failures++) * SECOND * (0.5 + Math.random());
      source = null;
      again = setTimeout(open, wait);
    };
    for (const topic of TOPICS) source.addEventListener(topic, ({ data }) => note(topic, data));
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
})();
