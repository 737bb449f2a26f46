// Shows what went over the wire, and errors, on the page.
const element = (id) => document.getElementById(id);

export function showWire(answer) {
  element("wire").hidden = false;
  for (const part of ["request", "curl", "response"]) element(part).textContent = answer[part];
}

export function showError(text) {
  const box = element("error");
  box.textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

// keep remembers tokens in this tab alone; the client secret is never kept.
export const keep = (tokens) => sessionStorage.setItem("tokens", JSON.stringify(tokens));
export const kept = () => JSON.parse(sessionStorage.getItem("tokens") ?? "null");
