// Requests tokens with the password of a person (RFC 6749 section 4.3), a legacy grant.
import { checkURL } from "./oauth.js";
import { element, value, onSubmit, showResult, storeTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { requestToken, prepareClient } from "./client_auth.js";

fillIn();
prepareClient();

function check() {
  const missing = { client_id: "Enter the client ID.", username: "Enter the username.", password: "Enter the password." };
  const name = Object.keys(missing).find((id) => !element(id).value);
  return checkURL(value("token_url"), "token URL") || (name ? missing[name] : "");
}

onSubmit("password-form", "send", check, async () => {
  const fields = { grant_type: "password", username: value("username"), password: element("password").value };
  if (value("scope")) fields.scope = value("scope");
  storeTokens(await requestToken("request a token", fields, { masked: ["password"] }));
  showResult("The provider returned tokens. They are on the Tokens page.");
});
