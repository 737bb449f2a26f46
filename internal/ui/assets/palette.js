// Opens the search of the back office over the page with Ctrl+K or Cmd+K, and sections with
// the key g and another key. The same search is a page that works without this script. The
// keys without a modifier can be switched off there (WCAG 2.2, 2.1.4).
const link = document.querySelector("a[data-palette]");
const sections = {
  a: "applications", u: "users", i: "invitations", t: "tokens", c: "consents", s: "sessions",
  r: "registration", l: "login-providers", k: "keys", e: "problems", h: "audit",
};
const off = "latchkey-keys-off";
const hasToken = (text) => /(^|[^A-Za-z0-9_])(lk_|eyJ)/.test(text);

// enhance updates the results while the person types. Arrow keys move between them.
const enhance = (search) => {
  const input = search.querySelector("input");
  const results = search.querySelector("[data-results]");
  let timer, newest = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (hasToken(input.value)) return; // it must not be in a URL
    timer = setTimeout(async () => {
      const mine = ++newest;
      const page = await load("?q=" + encodeURIComponent(input.value));
      const found = page?.querySelector("[data-results]");
      if (found && mine === newest) results.replaceChildren(...found.childNodes);
    }, 150);
  });
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (hasToken(input.value)) return sendToken(input.value);
    const first = results.querySelector("a");
    if (first && input.value.trim()) first.click();
  });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    event.preventDefault();
    const stops = [input, ...results.querySelectorAll("a")];
    stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
  });
};

const load = async (query) => {
  try {
    const response = await fetch(link.href + query, { headers: { Accept: "text/html" } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null; // the server is unavailable; the link still works
  }
};

const sendToken = (text) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = new URL("../tokens/find/", link.href);
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "found";
  field.value = text;
  form.append(field);
  document.body.append(form);
  form.submit();
};

let dialog;
const open = async () => {
  if (!dialog) {
    const section = (await load(""))?.querySelector("[data-search]");
    if (!section) {
      location.assign(link.href);
      return;
    }
    dialog = document.createElement("dialog");
    dialog.className = "over";
    dialog.setAttribute("aria-label", section.getAttribute("aria-label"));
    dialog.append(document.adoptNode(section));
    document.body.append(dialog);
    enhance(section);
  }
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input").select();
};

let pending = 0;
addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "k") {
    event.preventDefault();
    open();
    return;
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(off)) return;
  const target = Date.now() - pending < 1500 && sections[event.key];
  pending = event.key === "g" ? Date.now() : 0;
  const place = target && document.querySelector(`nav a[href$="/${target}/"]`);
  if (place) place.click();
});

const own = document.querySelector("[data-search]");
if (own) enhance(own);
const toggle = document.querySelector("button[data-keys]");
if (toggle) {
  const show = () => toggle.setAttribute("aria-pressed", String(Boolean(localStorage.getItem(off))));
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    if (localStorage.getItem(off)) localStorage.removeItem(off);
    else localStorage.setItem(off, "1");
    show();
  });
  show();
}
