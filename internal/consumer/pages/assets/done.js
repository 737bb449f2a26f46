// Shows the tokens and lets the person use them.
import { callAPI, checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, showResult, storeTokens, loadTokens, decodeJWT } from "./page.js";
import { postAs, prepareClient } from "./client_auth.js";

let tokens = loadTokens();
let oldRefreshToken = sessionStorage.getItem("old_refresh_token");

element("tokens").hidden = !tokens;
element("empty").hidden = Boolean(tokens);
if (tokens) {
  const { client_id, provider = {} } = tokens;
  const fields = { client_id, token_url: provider.token_endpoint, introspection_url: provider.introspection_endpoint, revocation_url: provider.revocation_endpoint };
  for (const [id, text] of Object.entries(fields)) element(id).value = text ?? "";
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
  element("expires-hint").textContent = tokens.expires_in === undefined ? "" : left > 0 ? `It expires in ${left} seconds.` : "It has expired.";
}

// send posts a form to the URL in urlField and shows the HTTP messages. It returns
// null and shows an error if that fails.
async function send(urlField, urlName, action, fields) {
  showResult("");
  const url = value(urlField);
  const error = checkURL(url, urlName) || (value("client_id") ? "" : "Enter the client ID.");
  showError(error);
  if (error) return null;
  const result = await postAs(url, tokens.provider?.issuer, fields);
  showMessages(result);
  if (result.failure || result.status >= 400) {
    showError(`The provider did not ${action}. ` + explain(result, action));
    return null;
  }
  return result;
}

element("refresh").addEventListener("click", async () => {
  const old = tokens.refresh_token;
  const result = await send("token_url", "token URL", "refresh the tokens", { grant_type: "refresh_token", refresh_token: old });
  if (!result) return;
  if (result.body.refresh_token && result.body.refresh_token !== old) {
    oldRefreshToken = old;
    sessionStorage.setItem("old_refresh_token", old);
  }
  tokens = { ...tokens, ...result.body, received: Date.now(), refreshed: Boolean(result.body.id_token) || tokens.refreshed };
  storeTokens(tokens);
  showTokens();
  showResult("Refreshed. The new tokens are shown above.");
});

element("replay").addEventListener("click", async () => {
  const before = tokens.access_token;
  const result = await send("token_url", "token URL", "accept the old refresh token again", { grant_type: "refresh_token", refresh_token: oldRefreshToken });
  if (!result) return;
  showResult(result.body.access_token === before
    ? "The provider returned the same tokens again. Because the request came within seconds, it assumes that the first response was lost or that two requests ran in parallel."
    : "The provider returned different tokens for a refresh token that was used before. It should not do that.");
});

element("introspect").addEventListener("click", async () => {
  const result = await send("introspection_url", "introspection URL", "introspect the token", { token: tokens.access_token });
  if (result) showResult(result.body?.active ? "The access token is active. See the response below." : "The access token is not active, or this application is not allowed to introspect it.");
});

element("revoke").addEventListener("click", async () => {
  const result = await send("revocation_url", "revocation URL", "revoke the token", { token: tokens.refresh_token || tokens.access_token });
  if (result) showResult("Revoked. Call the API, refresh or introspect to see that the tokens are no longer valid.");
});

element("call-api").addEventListener("click", async () => {
  const error = checkURL(value("api_url"), "API URL");
  showError(error);
  if (error) return;
  const box = element("api-response");
  box.hidden = false;
  box.textContent = await callAPI(value("api_url"), tokens.access_token);
});
