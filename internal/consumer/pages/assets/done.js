// The tokens, and what can be done with them.
import { direct, call, problem } from "./oauth.js";
import { explain } from "./explain.js";
import { showWire, showError, keep, kept } from "./wire.js";

const element = (id) => document.getElementById(id);
const value = (id) => element(id).value.trim();
let tokens = kept();
let spent = sessionStorage.getItem("spent");

element("tokens").hidden = !tokens;
element("empty").hidden = Boolean(tokens);
if (tokens) {
  for (const id of ["client_id", "token_url", "introspection_url", "revocation_url"]) element(id).value = tokens[id] ?? "";
  show();
  setInterval(countDown, 1000);
}

function show() {
  for (const id of ["access_token", "token_type", "expires_in", "scope", "refresh_token"]) element(id).value = tokens[id] ?? "";
  element("refresh").disabled = !tokens.refresh_token;
  element("replay").hidden = !spent;
  const parts = (tokens.access_token ?? "").split(".");
  element("decoded").hidden = parts.length !== 3;
  if (parts.length === 3) element("jwt").textContent = parts.slice(0, 2).map(decode).join("\n");
  countDown();
}

function decode(part) {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
  } catch {
    return part;
  }
}

function countDown() {
  const left = Math.round((tokens.got + (tokens.expires_in ?? 0) * 1000 - Date.now()) / 1000);
  element("expires-hint").textContent = tokens.expires_in === undefined ? "" : left > 0 ? `${left} seconds are left.` : "It has expired.";
}

function say(text) {
  const box = element("said");
  box.textContent = text;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

// ask sends a request about the tokens and shows it.
async function ask(urlField, name, what, fields) {
  say("");
  const url = value(urlField);
  const wrong = problem(url, name) || (value("client_id") ? "" : "Please specify the client id.");
  showError(wrong);
  if (wrong) return null;
  const answer = await direct(url, value("client_id"), element("client_secret").value.trim(), fields);
  showWire(answer);
  if (answer.failure || answer.status >= 400) {
    showError(`The provider did not ${what}. ` + explain(answer, what));
    return null;
  }
  return answer;
}

function take(body) {
  tokens = { ...tokens, ...body, got: Date.now() };
  keep(tokens);
  show();
}

element("refresh").addEventListener("click", async () => {
  const old = tokens.refresh_token;
  const answer = await ask("token_url", "token URL", "refresh the tokens", { grant_type: "refresh_token", refresh_token: old });
  if (!answer) return;
  if (answer.body.refresh_token && answer.body.refresh_token !== old) {
    spent = old;
    sessionStorage.setItem("spent", old);
  }
  take(answer.body);
  say("Refreshed: the values above are new.");
});

element("replay").addEventListener("click", async () => {
  const before = tokens.access_token;
  const answer = await ask("token_url", "token URL", "take the old refresh token again", { grant_type: "refresh_token", refresh_token: spent });
  if (!answer) return;
  say(answer.body.access_token === before
    ? "The provider gave the same answer again: it takes this for a lost answer or a parallel request, because it came within seconds."
    : "The provider gave other tokens for a refresh token that was used before. It should not.");
});

element("introspect").addEventListener("click", async () => {
  const answer = await ask("introspection_url", "introspection URL", "introspect the token", { token: tokens.access_token });
  if (answer) say(answer.body?.active ? "The access token is active. What it says is below." : "The access token is not active, or not for you to see.");
});

element("revoke").addEventListener("click", async () => {
  const answer = await ask("revocation_url", "revocation URL", "revoke the token", { token: tokens.refresh_token || tokens.access_token });
  if (answer) say("Revoked. Call the API, refresh or introspect to see that it is over.");
});

element("call-api").addEventListener("click", async () => {
  const wrong = problem(value("api_url"), "API URL");
  showError(wrong);
  if (wrong) return;
  const box = element("api-response");
  box.hidden = false;
  try {
    const answer = await call(value("api_url"), tokens.access_token);
    box.textContent = `HTTP ${answer.status} ${answer.text}${answer.challenge ? "\n" + answer.challenge : ""}`;
  } catch {
    box.textContent = `No answer: the API is not there, or does not allow pages of ${location.origin} to call it.`;
  }
});
