// Requests tokens with the password of a person (RFC 6749 section 4.3), a legacy grant.
import { postForm, checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, showResult, storeTokens } from "./page.js";
import { fillIn, provider } from "./provider.js";
import { authenticate, prepareClient } from "./client_auth.js";

fillIn();
prepareClient();

async function request() {
  const client = await authenticate(value("issuer") || value("token_url"));
  const fields = { grant_type: "password", username: value("username"), password: element("password").value, ...client.fields };
  if (value("scope")) fields.scope = value("scope");
  const result = await postForm(value("token_url"), value("client_id"), client.secret, fields, { ...client.options, masked: ["password"] });
  showMessages(result);
  if (!result.body?.access_token) throw new Error("The provider returned no token. " + explain(result, "request a token"));
  storeTokens({ ...result.body, received: Date.now(), client_id: value("client_id"), provider: { ...provider(), token_endpoint: value("token_url") } });
  showResult("The provider returned tokens. They are on the Tokens page.");
}

element("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  showResult("");
  const missing = { client_id: "Enter the client ID.", username: "Enter the username.", password: "Enter the password." };
  const name = Object.keys(missing).find((id) => !element(id).value);
  const error = checkURL(value("token_url"), "token URL") || (name ? missing[name] : "");
  showError(error);
  if (error) return;
  element("send").disabled = true;
  try {
    await request();
  } catch (failure) {
    showError(failure.message);
  }
  element("send").disabled = false;
});
