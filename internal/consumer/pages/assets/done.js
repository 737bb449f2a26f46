// Shows the tokens and lets the person use them.
import { callAPI, checkURL } from "./oauth.js";
import { actions, explain } from "./explain.js";
import { element, value, showMessages, showError, showResult, storeTokens, loadTokens, decodeJWT } from "./page.js";
import { postAs, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

let tokens = loadTokens();
let oldRefreshToken = sessionStorage.getItem("old_refresh_token");

element("tokens").hidden = !tokens;
element("empty").hidden = Boolean(tokens);
if (tokens) {
  const { client_id, provider = {} } = tokens;
  const fields = { client_id, token_url: provider.token_endpoint, introspection_url: provider.introspection_endpoint, revocation_url: provider.revocation_endpoint };
  for (const [id, content] of Object.entries(fields)) element(id).value = content ?? "";
  prepareClient();
  showTokens();
  setInterval(countDown, 1000);
}

function showTokens() {
  for (const id of ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"]) element(id).value = tokens[id] ?? "";
  element("refresh").disabled = !tokens.refresh_token;
  element("replay").hidden = !oldRefreshToken;
  element("id-token-field").hidden = !tokens.id_token;
  const parts = decodeJWT(tokens.access_token);
  element("decoded").hidden = !parts;
  element("jwt").textContent = (parts ?? []).join("\n");
  countDown();
}

function countDown() {
  const left = Math.round((tokens.received + (tokens.expires_in ?? 0) * 1000 - Date.now()) / 1000);
  element("expires-hint").textContent = tokens.expires_in === undefined ? "" : left > 0 ? text("consumer.script.expires", { n: left }) : text("consumer.script.expired");
}

// send posts a form to the URL in urlField and shows the HTTP messages. It returns
// null and shows an error if that fails.
async function send(urlField, action, fields) {
  showResult("");
  const url = value(urlField);
  const error = checkURL(url, urlField) || (value("client_id") ? "" : text("consumer.script.client_id"));
  showError(error);
  if (error) return null;
  const result = await postAs(url, tokens.provider?.issuer, fields);
  showMessages(result);
  if (result.failure || result.status >= 400) {
    showError(text("consumer.script.did_not", { action: actions[action](), reason: explain(result, action) }));
    return null;
  }
  return result;
}

element("refresh").addEventListener("click", async () => {
  const old = tokens.refresh_token;
  const result = await send("token_url", "refresh", { grant_type: "refresh_token", refresh_token: old });
  if (!result) return;
  if (result.body.refresh_token && result.body.refresh_token !== old) {
    oldRefreshToken = old;
    sessionStorage.setItem("old_refresh_token", old);
  }
  tokens = { ...tokens, ...result.body, received: Date.now(), refreshed: Boolean(result.body.id_token) || tokens.refreshed };
  storeTokens(tokens);
  showTokens();
  showResult(text("consumer.script.refreshed"));
});

element("replay").addEventListener("click", async () => {
  const before = tokens.access_token;
  const result = await send("token_url", "replay", { grant_type: "refresh_token", refresh_token: oldRefreshToken });
  if (!result) return;
  showResult(result.body.access_token === before
    ? text("consumer.script.replay_same")
    : text("consumer.script.replay_other"));
});

element("introspect").addEventListener("click", async () => {
  const result = await send("introspection_url", "introspect", { token: tokens.access_token });
  if (result) showResult(result.body?.active ? text("consumer.script.active") : text("consumer.script.inactive"));
});

element("revoke").addEventListener("click", async () => {
  const result = await send("revocation_url", "revoke", { token: tokens.refresh_token || tokens.access_token });
  if (result) showResult(text("consumer.script.revoked"));
});

element("call-api").addEventListener("click", async () => {
  const error = checkURL(value("api_url"), "api_url");
  showError(error);
  if (error) return;
  const box = element("api-response");
  box.hidden = false;
  box.textContent = await callAPI(value("api_url"), tokens.access_token);
});
