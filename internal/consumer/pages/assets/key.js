// Requests a token with a client assertion that this server signed.
import { postForm, checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, storeTokens, decodeJWT } from "./page.js";
import { fillIn, provider } from "./provider.js";
import { text } from "./text.js";

let last = "";
fillIn();

// showAssertion shows the header and the claims.
function showAssertion(assertion) {
  element("assertion-card").hidden = false;
  element("assertion").textContent = (decodeJWT(assertion) ?? []).join("\n");
}

// send sends the assertion to the token endpoint.
async function send(assertion) {
  const fields = {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
  if (value("scope")) fields.scope = value("scope");
  const result = await postForm(value("token_url"), value("client_id"), "", fields);
  showMessages(result);
  const token = result.body?.access_token;
  showError(token ? "" : text("consumer.script.no_token", { reason: explain(result, "request_token") }));
  element("result").hidden = !token;
  element("result").textContent = token ? text("consumer.script.access_token") : "";
  if (token) storeTokens({ ...result.body, received: Date.now(), client_id: value("client_id"), provider: { ...provider(), token_endpoint: value("token_url") } });
}

element("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = (value("client_id") ? "" : text("consumer.script.client_id")) || checkURL(value("token_url"), "token_url") || (value("audience") ? "" : text("consumer.script.audience"));
  showError(error);
  if (error) return;
  const button = element("request-token");
  button.disabled = true;
  try {
    const response = await fetch("/consumer/key/assertion/", { method: "POST", body: new URLSearchParams({ client_id: value("client_id"), audience: value("audience") }) });
    if (!response.ok) throw new Error(await response.text());
    last = await response.text();
    showAssertion(last);
    await send(last);
    element("replay").disabled = false;
  } catch (failure) {
    showError(text("consumer.script.assertion_reason", { reason: failure.message }));
  }
  button.disabled = false;
});

element("replay").addEventListener("click", () => send(last));
