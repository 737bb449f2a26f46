// Loads the rows of a list again every few seconds, while the tab is visible. The link that
// reloads the page works without this script. The rows stay as they are while the person is
// reading them with the keyboard or has selected text. Only the number of new rows is announced.
const bar = document.querySelector("[data-live]");
const rows = document.getElementById("live-rows");
const pause = bar.querySelector("button");
const count = bar.querySelector("[role=status]");
const every = 5000;
const most = 180; // a forgotten tab stops after a quarter of an hour, so that the session can expire

const keys = (list) => [...list.querySelectorAll("tbody th a")].map((link) => link.href);
const known = new Set(keys(rows));
let found = 0, loads = 0, paused = false, loading = false;

const show = () => {
  pause.textContent = paused ? bar.dataset.resume : bar.dataset.pause;
};

const isUsed = () => rows.contains(document.activeElement) || (!getSelection().isCollapsed && rows.contains(getSelection().anchorNode));

const load = async () => {
  if (paused || loading || document.visibilityState !== "visible") return;
  if (++loads > most) {
    paused = true;
    show();
    return;
  }
  loading = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = response.ok && !response.redirected && new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page && page.getElementById("live-rows");
    if (!next || paused) return;
    const added = keys(next).filter((key) => !known.has(key));
    for (const key of added) known.add(key);
    if (added.length > 0) {
      found += added.length;
      count.textContent = bar.dataset.found + " " + found.toLocaleString(document.documentElement.lang);
    }
    if (!isUsed()) rows.replaceChildren(...document.adoptNode(next).childNodes);
  } catch {
    // The server is unavailable; the next attempt is in a few seconds.
  } finally {
    loading = false;
  }
};

pause.hidden = false;
show();
pause.addEventListener("click", () => {
  paused = !paused;
  loads = 0;
  show();
  load();
});
document.addEventListener("visibilitychange", load);
setInterval(load, every);
