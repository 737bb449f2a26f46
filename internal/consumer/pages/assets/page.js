// Shows HTTP messages and errors on the page, and stores the tokens.
const element = (id) => document.getElementById(id);

export function showMessages(result) {
  element("messages").hidden = false;
  for (const part of ["request", "curl", "response"]) element(part).textContent = result[part];
}

export function showError(text) {
  const box = element("error");
  box.textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

// The tokens are stored only in this tab. The client secret is never stored.
export const storeTokens = (tokens) => sessionStorage.setItem("tokens", JSON.stringify(tokens));
export const loadTokens = () => JSON.parse(sessionStorage.getItem("tokens") ?? "null");
