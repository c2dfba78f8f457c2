// Sets the theme before anything is painted: the one that was chosen, else the system's.
(() => {
  const root = document.documentElement;
  const chosen = /(?:^|; )theme=(dark|light)/.exec(document.cookie);
  if (chosen) return root.setAttribute("data-bs-theme", chosen[1]);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  set();
  dark.addEventListener("change", set);
})();
