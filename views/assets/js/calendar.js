// Month and week over the list that the server wrote. Without this file the page is that list.
//
// FullCalendar is told walls, not instants: what the clocks of the chosen zone show, as if it were
// UTC. So one way serves "my time" and "business time", and a time that the clocks skip or show twice
// is seen here and not guessed.
(() => {
  "use strict";
  const box = document.getElementById("cal");
  const list = document.getElementById("cal-list");
  if (!box || !window.FullCalendar) return;
  const mayChange = "mayChange" in box.dataset;
  const VIEWS = { month: "dayGridMonth", week: "timeGridWeek" };
  const DAY = 864e5;

  const clockOf = (timeZone) => {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...parts });
    return (at) => {
      const read = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
      return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second);
    };
  };
  const shown = clockOf(box.dataset.zone);
  const business = clockOf(box.dataset.business);
  // Every instant at which a clock shows this: none where it is skipped, two where it comes twice.
  const instants = (clock, wall) => {
    const guesses = [-DAY, DAY].map((shift) => wall - (clock(wall + shift) - (wall + shift)));
    return [...new Set(guesses)].filter((at) => clock(at) === wall);
  };
  // The edge of a window; in a gap the moment after it.
  const edge = (wall) => instants(business, wall)[0] ?? wall - (business(wall - DAY) - (wall - DAY));
  const iso = (wall) => new Date(wall).toISOString();
  const words = (wall) =>
    new Date(wall).toLocaleString("en-US", { timeZone: "UTC", weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

  const said = document.getElementById("c-said");
  let quiet;
  function say(sentence, undo) {
    said.querySelector("span").textContent = sentence;
    const button = said.querySelector("button");
    button.hidden = !undo;
    button.onclick = undo ?? null;
    said.classList.add("on");
    clearTimeout(quiet);
    quiet = setTimeout(() => said.classList.remove("on"), undo ? 8000 : 12000);
  }
  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

  const asked = document.getElementById("c-outside");
  function confirmed(why) {
    asked.querySelector("p").textContent = why;
    asked.returnValue = "";
    asked.showModal();
    return new Promise((done) => asked.addEventListener("close", () => done(asked.returnValue === "yes"), { once: true }));
  }

  const guestOf = (a) => a.guest_name ?? a.guest_phone ?? a.guest_email ?? "Guest without a name";
  const STATES = { scheduled: "booked", completed: "completed", cancelled: "cancelled", "no-show": "did not come" };
  const CLASSES = { completed: "ev-done", cancelled: "ev-cancel", "no-show": "ev-noshow" };
  const entry = (a) => ({
    id: a.appointment_id,
    title: guestOf(a),
    start: iso(shown(new Date(a.start_time))),
    end: iso(shown(new Date(a.start_time)) + a.duration_minutes * 6e4),
    url: `/appointments/${a.appointment_id}`,
    editable: mayChange && a.status === "scheduled",
    classNames: [CLASSES[a.status] ?? (a.call_id ? "" : "ev-manual")].filter(Boolean),
    extendedProps: { a },
  });

  // What is open, so that the rest is shaded: windows without pauses, on no blocked date.
  function open(found, from, to) {
    const blocked = new Set(found.blocked_dates.map((one) => one.date));
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
    const stretches = [];
    for (let day = Math.floor(from / DAY) * DAY; day <= to; day += DAY) {
      if (blocked.has(iso(day).slice(0, 10))) continue;
      const rows = found.hours.filter((row) => row.day_of_week === new Date(day).getUTCDay());
      let left = rows.filter((row) => row.is_available).map((row) => [minutes(row.start_time), minutes(row.end_time)]);
      for (const pause of rows.filter((row) => !row.is_available)) {
        const [begins, ends] = [minutes(pause.start_time), minutes(pause.end_time)];
        left = left.flatMap(([a, b]) => [[a, Math.min(b, begins)], [Math.max(a, ends), b]]).filter(([a, b]) => a < b);
      }
      for (const [a, b] of left) stretches.push([shown(edge(day + a * 6e4)), shown(edge(day + b * 6e4))]);
    }
    const closed = { classNames: ["c-closed"], editable: false };
    if (!stretches.length) return [{ ...closed, display: "background", start: iso(from), end: iso(to) }];
    return stretches.map(([a, b]) => ({ ...closed, groupId: "open", display: "inverse-background", start: iso(a), end: iso(b) }));
  }

  let first = "07:30";
  async function load({ start, end }) {
    const query = new URLSearchParams({ from: iso(start.getTime() - DAY), to: iso(end.getTime() + DAY) });
    const answer = await fetch(`/api/calendar?${query}`);
    if (!answer.ok) throw new Error("The calendar does not answer just now.");
    const found = await answer.json();
    const shading = view === "week" ? open(found, start.getTime() - DAY, end.getTime() + DAY) : [];
    const entries = found.events.map(entry);
    const inRange = (one) => one.end > iso(start) && one.start < iso(end);
    const booked = entries.filter((one) => inRange(one) && one.extendedProps.a.status === "scheduled");
    const byPhone = booked.filter((one) => one.extendedProps.a.call_id).length;
    const count = booked.length === 1 ? "1 appointment" : `${booked.length} appointments`;
    document.getElementById("c-count").textContent = `${count} booked in this ${view} · ${byPhone} by your assistant`;
    // To where the day begins: the first opening or the first appointment.
    const begins = [...shading.filter((one) => one.groupId), ...entries].filter(inRange).map((one) => one.start.slice(11, 16));
    first = begins.sort()[0] ?? first;
    return entries.concat(shading);
  }

  const put = (a, change) =>
    fetch(`/api/appointments/${a.appointment_id}`, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-match": `"${a.revision}"` },
      body: JSON.stringify(change),
    });

  // Moves an appointment on the server; where that says no, it springs back and the reason is said.
  async function change(info, wish, wanted) {
    const before = info.event.extendedProps.a;
    try {
      let answer = await put(before, wish);
      let problem = answer.ok ? null : await answer.json();
      if (problem?.type?.endsWith(":outside-hours")) {
        if (!(await confirmed(`${sentence(problem.detail)} You wanted ${wanted}.`))) return info.revert();
        answer = await put(before, { ...wish, outside_hours: true });
        problem = answer.ok ? null : await answer.json();
      }
      if (!problem) return moved(info, before, await answer.json(), wanted);
      info.revert();
      if (!problem.current) return say(`${sentence(problem.detail)} You wanted ${wanted}.`);
      const now = problem.current;
      const is = `${guestOf(now)}, ${words(shown(new Date(now.start_time)))}, ${now.duration_minutes} min, ${STATES[now.status]}`;
      say(`Somebody has changed this meanwhile. It is now: ${is}. You wanted ${wanted}.`);
      calendar.refetchEvents();
    } catch {
      info.revert();
      say("There was no answer; nothing was moved as far as we know. Load the page again to be sure.");
      calendar.refetchEvents();
    }
  }
  function moved(info, before, after, wanted) {
    info.event.setExtendedProp("a", after);
    say(`${guestOf(after)} is now ${wanted}.`, async () => {
      const back = { start_time: before.start_time, duration_minutes: before.duration_minutes, outside_hours: true };
      const answer = await put(after, back);
      say(answer.ok ? "Undone." : sentence((await answer.json()).detail));
      calendar.refetchEvents();
    });
  }
  function dropped(info) {
    const wall = info.event.start.getTime();
    const at = instants(shown, wall);
    if (at.length !== 1) {
      info.revert();
      return say("The clocks change on that day: that time is skipped or comes twice. Open the appointment and choose another.");
    }
    change(info, { start_time: iso(at[0]) }, words(wall));
  }
  function resized(info) {
    const minutes = Math.round((info.event.end - info.event.start) / 6e4);
    change(info, { duration_minutes: minutes }, `${minutes} min`);
  }

  function make({ start, end, allDay }) {
    const query = new URLSearchParams({ date: iso(start).slice(0, 10), zone: box.dataset.zone });
    if (!allDay) {
      query.set("time", iso(start).slice(11, 16));
      query.set("duration_minutes", String((end - start) / 6e4));
    }
    location.assign(`/appointments/new?${query}`);
  }

  const node = (tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  };
  // The rest of what the colour says, for whoever listens; it stands in the link beside what is seen.
  function unseen(event) {
    const a = event.extendedProps.a;
    const by = a.call_id ? "booked by phone" : "booked by your team";
    return node("span", "visually-hidden", `, ${words(event.start.getTime())}, ${a.duration_minutes} minutes, ${STATES[a.status]}, ${by}`);
  }
  function content({ event, timeText, view: { type } }) {
    const a = event.extendedProps.a;
    if (!a) return true;
    if (type !== VIEWS.week) {
      const seen = [node("div", "fc-event-time", timeText.split(" - ")[0]), node("div", "fc-event-title", event.title)];
      return { domNodes: [...seen, unseen(event)] };
    }
    const notes = a.notes?.split("\n")[0];
    if (event.end - event.start >= 45 * 6e4) {
      const under = timeText.replace(" - ", "–") + (notes ? ` · ${notes}` : "");
      return { domNodes: [node("span", "evt", event.title), node("span", "evs", under), unseen(event)] };
    }
    const line = node("span", "ev1", "");
    line.append(node("b", "", event.title), ` ${timeText.split(" - ")[0]}`, unseen(event));
    return { domNodes: [line] };
  }

  const small = matchMedia("(max-width: 820px)").matches;
  let view = box.dataset.view ?? (small ? "list" : "week");
  let scrolled;
  const calendar = new FullCalendar.Calendar(box, {
    timeZone: "UTC",
    now: () => iso(shown(Date.now())),
    initialView: VIEWS[view] ?? VIEWS.week,
    initialDate: box.dataset.date,
    firstDay: 1,
    headerToolbar: false,
    height: small ? 560 : 720,
    allDaySlot: false,
    nowIndicator: true,
    eventShortHeight: 38,
    scrollTime: "07:30:00",
    snapDuration: "00:15:00",
    longPressDelay: 300,
    lazyFetching: false,
    eventInteractive: true,
    editable: mayChange,
    selectable: mayChange,
    selectMirror: true,
    dayMaxEvents: 4,
    slotLabelFormat: { hour: "numeric" },
    eventTimeFormat: { hour: "numeric", minute: "2-digit", meridiem: "short" },
    events: (range, done, failed) =>
      load(range).then((found) => {
        done(found);
        if (scrolled !== range.startStr + view) calendar.scrollToTime(`${first}:00`);
        scrolled = range.startStr + view;
      }, failed),
    eventSourceFailure: () => say("The calendar does not answer just now."),
    dayHeaderContent({ date, view: { type } }) {
      if (type !== VIEWS.week) return true;
      const name = date.toLocaleDateString("en-US", { timeZone: "UTC", weekday: "short" });
      return { domNodes: [node("span", "dh", name), node("span", "dn", String(date.getUTCDate()))] };
    },
    eventContent: content,
    // Named by its number alone a cell would hide what is in it.
    dayCellDidMount: ({ el }) => el.removeAttribute("aria-labelledby"),
    eventDrop: dropped,
    eventResize: resized,
    select: make,
    datesSet({ view: { title } }) {
      if (view === "list") return;
      document.getElementById("c-title").textContent = title;
      history.replaceState(null, "", address(view));
      document.querySelectorAll("[data-time]").forEach((link) => (link.href = address(view, link.dataset.time === "business")));
    },
  });
  const buttons = document.querySelectorAll("[data-v]");

  function address(name, isBusinessTime = "isBusinessTime" in box.dataset) {
    const date = iso(calendar.getDate()).slice(0, 10);
    return `/calendar?view=${name}&date=${date}${isBusinessTime ? "&zone=business" : ""}`;
  }
  function turn(name) {
    if (name === "list" && view !== "list") return location.assign(address("list"));
    view = name;
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.v === view)));
    const isList = view === "list";
    box.hidden = isList;
    list.hidden = !isList;
    document.getElementById("c-hint")?.toggleAttribute("hidden", isList);
    if (isList) return;
    calendar.render();
    if (calendar.view.type === VIEWS[view]) calendar.refetchEvents();
    else calendar.changeView(VIEWS[view]);
  }
  buttons.forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => turn(button.dataset.v));
  });
  const STEPS = { "-1": () => calendar.prev(), 0: () => calendar.today(), 1: () => calendar.next() };
  document.querySelectorAll("[data-step]").forEach((link) =>
    link.addEventListener("click", (event) => {
      if (view === "list") return;
      event.preventDefault();
      STEPS[link.dataset.step]();
    }),
  );
  // Not under somebody's hand: what is dropped is asked for again anyway.
  document.addEventListener("live", ({ detail }) => {
    const isMeant = ["appointments", "hours", "all"].some((topic) => detail.has(topic));
    if (isMeant && view !== "list" && !box.querySelector(".fc-event-dragging, .fc-event-resizing")) calendar.refetchEvents();
  });
  const KEYS = { m: "month", w: "week", l: "list" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || asked.open || event.target.closest("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    if (KEYS[key]) turn(KEYS[key]);
    else if (key === "t") document.querySelector("[data-step='0']").click();
  });
  turn(view);
})();
