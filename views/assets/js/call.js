// Plays a call: the browser's player in clothes of ours, two lanes to seek in, and a transcript that
// follows. Where this file is missing, the browser's own controls are there.
(() => {
  "use strict";
  const isTyped = (event) =>
    event.target.closest("input, textarea, select") || event.metaKey || event.ctrlKey || event.altKey;
  addEventListener("keydown", (event) => {
    if (isTyped(event)) return;
    const key = event.key.toUpperCase();
    if (key === "J" || key === "K") document.querySelector(`.crumb a[aria-keyshortcuts="${key}"]`)?.click();
  });

  // A call that ends while its page is open has the page put in place anew, with another player.
  let [dressed, listening] = [null, new AbortController()];
  function renew() {
    const player = document.querySelector("[data-player]");
    if (player === dressed) return;
    listening.abort();
    [dressed, listening] = [player, new AbortController()];
    if (player) dress(player, { signal: listening.signal });
  }
  document.addEventListener("live", renew);

  function dress(player, { signal }) {
    const find = (name) => player.querySelector(`[data-${name}]`);
    const audio = player.querySelector("audio");
    const [button, range, lanes, head] = ["play", "range", "lanes", "head"].map(find);
    const [state, again, speed] = ["state", "again", "speed"].map(find);
    const duration = Number(player.dataset.duration);
    const turns = [...document.querySelectorAll(".turn[data-a]")];
    const bars = [...player.querySelectorAll("rect[data-a]")];
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const FOLLOW_AGAIN_MS = 4000;
    let current = null;
    let scrolledAt = 0;
    let wanted = null;
    let hasBegun = false;

    const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    const say = (text, canTryAgain = false) => {
      state.textContent = text;
      again.hidden = !canTryAgain;
    };

    audio.removeAttribute("controls");
    player.classList.add("dressed");
    for (const name of ["play", "range", "clock", "controls"]) find(name)?.removeAttribute("hidden");

    function paint(at) {
      const x = Math.min((at / duration) * 1000, 1000).toFixed(1);
      head?.setAttribute("x1", x);
      head?.setAttribute("x2", x);
      player.querySelectorAll("[data-now]").forEach((node) => (node.textContent = clock(at)));
      range.value = Math.round(at);
      range.setAttribute("aria-valuetext", `${clock(at)} of ${clock(duration)}`);
      bars.forEach((bar) => bar.classList.toggle("dim", Number(bar.dataset.a) > at));
      if (hasBegun) follow(at);
    }

    // The last turn that has begun, until some seconds after its end.
    function follow(at) {
      let spoken = turns.findLast((turn) => Number(turn.dataset.a) <= at + 0.05) ?? null;
      if (spoken && at > Number(spoken.dataset.b ?? spoken.dataset.a) + 6) spoken = null;
      if (spoken === current) return;
      current?.classList.remove("on");
      current?.removeAttribute("aria-current");
      current = spoken;
      current?.classList.add("on");
      current?.setAttribute("aria-current", "true");
      if (current && !audio.paused && Date.now() - scrolledAt > FOLLOW_AGAIN_MS) {
        current.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
      }
    }

    function play() {
      hasBegun = true;
      say("Loading…");
      audio.play().catch((error) => {
        if (error.name !== "AbortError") failed();
      });
    }

    // Nothing is loaded before somebody plays: a place is kept until there is something to seek in.
    function seek(at, andPlay) {
      const to = Math.max(0, Math.min(duration - 0.2, at));
      if (audio.readyState > 0) audio.currentTime = to;
      else wanted = to;
      hasBegun = true;
      paint(to);
      if (andPlay && audio.paused) play();
    }

    const position = () => wanted ?? audio.currentTime;
    const toggle = () => (audio.paused ? play() : audio.pause());

    function failed() {
      player.classList.remove("playing");
      say("The recording cannot be played just now.", true);
    }

    // Asks for a link anew: that also says why there is nothing to hear.
    async function retry() {
      say("Loading…");
      try {
        const answer = await fetch(`/api/calls/${player.dataset.call}/recording-link`);
        if (answer.status === 401) return say("You are signed out. Load the page again to sign in.");
        if (answer.status === 404) return say("This recording is not kept any longer.");
        if (!answer.ok) return failed();
        wanted = position();
        audio.src = new URL((await answer.json()).url).pathname;
        play();
      } catch {
        failed();
      }
    }

    audio.addEventListener("loadedmetadata", () => {
      if (wanted !== null) audio.currentTime = wanted;
      wanted = null;
    });
    audio.addEventListener("playing", () => say(""));
    audio.addEventListener("play", () => {
      player.classList.add("playing");
      button.setAttribute("aria-label", "Pause");
    });
    for (const end of ["pause", "ended"]) {
      audio.addEventListener(end, () => {
        player.classList.remove("playing");
        button.setAttribute("aria-label", "Play");
        if (!audio.error) say("");
      });
    }
    audio.addEventListener("timeupdate", () => wanted === null && paint(audio.currentTime));
    audio.addEventListener("error", failed);
    again.addEventListener("click", retry);
    button.addEventListener("click", toggle);
    range.addEventListener("input", () => seek(Number(range.value)));
    lanes?.addEventListener("click", (event) => {
      const box = lanes.getBoundingClientRect();
      seek(((event.clientX - box.left) / box.width) * duration, true);
    });
    player.querySelectorAll("[data-skip]").forEach((skip) => {
      skip.addEventListener("click", () => seek(position() + Number(skip.dataset.skip)));
    });

    const speeds = [1, 1.25, 1.5, 2, 0.75];
    speed.addEventListener("click", () => {
      const next = speeds[(speeds.indexOf(audio.playbackRate) + 1) % speeds.length];
      audio.defaultPlaybackRate = audio.playbackRate = next;
      speed.textContent = `${next}×`;
      speed.setAttribute("aria-label", `Speed: ${next} times`);
    });

    // Times in the text become buttons.
    document.querySelectorAll("[data-seek]").forEach((time) => {
      const jump = document.createElement("button");
      jump.type = "button";
      jump.className = time.classList.contains("ts") ? "ts num" : "jump num";
      jump.textContent = time.textContent;
      jump.setAttribute("aria-label", `Play from ${time.textContent}`);
      jump.addEventListener("click", () => seek(Number(time.dataset.seek), true));
      time.replaceWith(jump);
    });

    for (const scrolled of ["wheel", "touchmove"]) {
      addEventListener(scrolled, () => (scrolledAt = Date.now()), { passive: true, signal });
    }
    addEventListener("keydown", (event) => {
      if (isTyped(event)) return;
      if (event.key === " " && !event.target.closest("button, a, summary")) {
        event.preventDefault();
        toggle();
      } else if (event.key === "ArrowRight") seek(position() + 10);
      else if (event.key === "ArrowLeft") seek(position() - 10);
    }, { signal });
    paint(0);
  }
  renew();
})();
