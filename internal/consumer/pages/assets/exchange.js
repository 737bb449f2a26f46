// Exchanges a code for tokens.
import { checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, storeTokens } from "./page.js";
import { postAs, prepareClient } from "./client_auth.js";

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
  box.textContent = left > 0 ? `The code expires in about ${left} seconds.` : "The code has probably expired. If the exchange fails, build a new link.";
  if ([30, 10, 0].includes(left) && !exchanged) element("countdown-announced").textContent = box.textContent;
  if (left > 0 && !exchanged) setTimeout(countDown, 1000);
};
countDown();

element("exchange-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = value("token_url");
  const error = checkURL(url, "token URL") || (value("client_id") ? "" : "Enter the client ID.");
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
    const hint = result.body?.error === "invalid_grant" ? " You have about 60 seconds for this step. Start again with a new authorization link." : "";
    showError("The provider returned no tokens. " + explain(result, "exchange the code") + hint);
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
