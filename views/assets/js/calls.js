// Plays calls where they are listed: one player for all of them, asked for a link when it is needed.
(() => {
  "use strict";
  const mini = document.querySelector("[data-mini]");
  if (!mini) return;
  const audio = mini.querySelector("audio");
  const title = mini.querySelector("[data-title]");
  const state = mini.querySelector("[data-state]");
  const again = mini.querySelector("[data-again]");
  let current = null;

  const say = (text, canTryAgain) => {
    state.textContent = text;
    again.hidden = !canTryAgain;
  };

  // A link is good for some minutes only: each start asks for its own.
  async function start(link) {
    current?.classList.remove("playing");
    current = link;
    audio.pause();
    title.textContent = link.dataset.title;
    mini.hidden = false;
    document.body.classList.add("has-mini");
    say("Loading…", false);
    try {
      const answer = await fetch(`/api/calls/${link.dataset.play}/recording-link`);
      if (current !== link) return;
      if (answer.status === 401) return say("You are signed out. Load the page again to sign in.", false);
      if (answer.status === 404) return say("This recording is not kept any longer.", false);
      if (!answer.ok) return say("This recording cannot be played just now.", true);
      // Only its path: the page may be open under another name of the same server.
      audio.src = new URL((await answer.json()).url).pathname;
      await audio.play();
    } catch (error) {
      if (current === link && error.name !== "AbortError") say("This recording cannot be played just now.", true);
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-play]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // The same call in a list that was put in place anew.
    if (current && link.dataset.play === current.dataset.play) current = link;
    if (link !== current) start(link);
    else if (audio.paused) audio.play().catch(() => start(link));
    else audio.pause();
  });
  audio.addEventListener("playing", () => {
    say("", false);
    current?.classList.add("playing");
  });
  audio.addEventListener("pause", () => current?.classList.remove("playing"));
  audio.addEventListener("ended", () => current?.classList.remove("playing"));
  audio.addEventListener("error", () => {
    if (audio.hasAttribute("src")) say("This recording cannot be played just now.", true);
  });
  again.addEventListener("click", () => current && start(current));
  mini.querySelector("[data-close]").addEventListener("click", () => {
    audio.pause();
    audio.removeAttribute("src");
    mini.hidden = true;
    document.body.classList.remove("has-mini");
    current?.focus();
    current = null;
  });
})();
