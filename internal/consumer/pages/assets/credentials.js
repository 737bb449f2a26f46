// Requests a token for the application itself (RFC 6749 section 4.4).
import { checkURL } from "./oauth.js";
import { value, onSubmit, showResult, storeTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { requestToken, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

fillIn();
prepareClient();

const check = () => checkURL(value("token_url"), "token_url") || (value("client_id") ? "" : text("consumer.script.client_id"));

onSubmit("credentials-form", "send", check, async () => {
  const fields = { grant_type: "client_credentials" };
  for (const name of ["scope", "resource"]) if (value(name)) fields[name] = value(name);
  storeTokens(await requestToken("request_token", fields, { needsSecret: true }));
  showResult(text("consumer.script.access_token"));
});
