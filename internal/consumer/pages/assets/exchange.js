// Exchanges a code for tokens.
import { checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, storeTokens } from "./page.js";
import { postAs, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

const { provider, nonce, scope, resource } = element("exchange-form").dataset;
prepareClient();

// Remove the code from the address bar and the history.
history.replaceState(null, "", location.pathname);

// The lifetime of the code is not known. Most providers use about a minute. Screen
// readers announce the remaining time only a few times.
const expiresAt = Date.now() + 60_000;
let exchanged = false;
const countDown = () => {
  const left = Math.max(0, Math.round((expiresAt - Date.now()) / 1000));
  const box = element("countdown");
  box.hidden = exchanged;
  box.textContent = left > 0 ? text("consumer.script.code_expires", { n: left }) : text("consumer.script.code_expired");
  if ([30, 10, 0].includes(left) && !exchanged) element("countdown-announced").textContent = box.textContent;
  if (left > 0 && !exchanged) setTimeout(countDown, 1000);
};
countDown();

element("exchange-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = value("token_url");
  const error = checkURL(url, "token_url") || (value("client_id") ? "" : text("consumer.script.client_id"));
  showError(error);
  if (error) return;
  const button = element("exchange");
  button.disabled = true;
  const result = await postAs(url, JSON.parse(provider).issuer, {
    grant_type: "authorization_code",
    code: value("code"),
    redirect_uri: value("redirect_uri"),
    code_verifier: value("code_verifier"),
  });
  button.disabled = false;
  showMessages(result);
  if (!result.body?.access_token) {
    const hint = result.body?.error === "invalid_grant" ? " " + text("consumer.script.exchange_again") : "";
    showError(text("consumer.script.no_tokens", { reason: explain(result, "exchange") }) + hint);
    return;
  }
  exchanged = true;
  countDown();
  showError("");
  storeTokens({ ...result.body, received: Date.now(), client_id: value("client_id"), nonce, requested_scope: scope, resource, code: value("code"), provider: { ...JSON.parse(provider), token_endpoint: url } });
  element("client_secret").value = "";
  element("exchange-form").hidden = true;
  const link = element("to-tokens");
  link.hidden = false;
  link.focus();
});
