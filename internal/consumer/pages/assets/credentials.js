// Requests a token for the application itself (RFC 6749 section 4.4).
import { postForm, checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, showResult, storeTokens } from "./page.js";
import { fillIn, provider } from "./provider.js";
import { authenticate, prepareClient } from "./client_auth.js";

fillIn();
prepareClient();

async function request() {
  const client = await authenticate(value("issuer") || value("token_url"), { needsSecret: true });
  const fields = { grant_type: "client_credentials", ...client.fields };
  for (const name of ["scope", "resource"]) if (value(name)) fields[name] = value(name);
  const result = await postForm(value("token_url"), value("client_id"), client.secret, fields, client.options);
  showMessages(result);
  if (!result.body?.access_token) throw new Error("The provider returned no token. " + explain(result, "request a token"));
  storeTokens({ ...result.body, received: Date.now(), client_id: value("client_id"), provider: { ...provider(), token_endpoint: value("token_url") } });
  showResult("The provider returned an access token. You can use it on the API client page.");
}

element("credentials-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  showResult("");
  const error = checkURL(value("token_url"), "token URL") || (value("client_id") ? "" : "Enter the client ID.");
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
