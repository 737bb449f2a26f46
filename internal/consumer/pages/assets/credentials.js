// Requests a token for the application itself (RFC 6749 section 4.4).
import { checkURL } from "./oauth.js";
import { value, onSubmit, showResult, storeTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { requestToken, prepareClient } from "./client_auth.js";

fillIn();
prepareClient();

const check = () => checkURL(value("token_url"), "token URL") || (value("client_id") ? "" : "Enter the client ID.");

onSubmit("credentials-form", "send", check, async () => {
  const fields = { grant_type: "client_credentials" };
  for (const name of ["scope", "resource"]) if (value(name)) fields[name] = value(name);
  storeTokens(await requestToken("request a token", fields, { needsSecret: true }));
  showResult("The provider returned an access token. You can use it on the API client page.");
});
