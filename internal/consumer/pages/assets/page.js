// Shows HTTP messages and errors on the page, and stores the tokens.

// Without its script, a button would send the form to the page itself, and a code would
// be lost. So these buttons are disabled until the scripts are loaded.
for (const button of document.querySelectorAll("button[data-scripted]")) button.disabled = false;

export const element = (id) => document.getElementById(id);
export const value = (id) => element(id).value.trim();

export function showMessages(result) {
  element("messages").hidden = false;
  for (const part of ["request", "curl", "response"]) element(part).textContent = result[part];
}

export function showError(text) { show("error", text); }
export function showResult(text) { show("result", text); }

function show(id, text) {
  const box = element(id);
  box.textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

// onSubmit calls run when the form is submitted. If check returns an error message, or
// run throws an error, the page shows it. The button is disabled until run has finished.
export function onSubmit(form, button, check, run) {
  element(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    showResult("");
    const error = check();
    showError(error);
    if (error) return;
    element(button).disabled = true;
    try {
      await run();
    } catch (failure) {
      showError(failure.message);
    }
    element(button).disabled = false;
  });
}

// The tokens are stored only in this tab.
export const storeTokens = (tokens) => sessionStorage.setItem("tokens", JSON.stringify(tokens));
export const loadTokens = () => JSON.parse(sessionStorage.getItem("tokens") ?? "null");

// The client that registered itself in this tab: { client_id, client_secret,
// auth_method, issuer }. Other client secrets are never stored.
export const storeClient = (client) => sessionStorage.setItem("client", JSON.stringify(client));
export const loadClient = () => JSON.parse(sessionStorage.getItem("client") ?? "null");

// decodeJWT returns the header and the claims of a JWT as indented JSON, or null. It
// checks nothing.
export function decodeJWT(token) {
  const parts = (token ?? "").split(".");
  if (parts.length !== 3) return null;
  try {
    return parts.slice(0, 2).map((part) => {
      const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
    });
  } catch {
    return null;
  }
}
