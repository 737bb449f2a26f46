// Requests tokens with the password of a person (RFC 6749 section 4.3), a legacy grant.
import { checkURL } from "./oauth.js";
import { element, value, onSubmit, showResult, storeTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { requestToken, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

fillIn();
prepareClient();

function check() {
  const missing = { client_id: text("consumer.script.client_id"), username: text("consumer.script.username"), password: text("consumer.script.password") };
  const name = Object.keys(missing).find((id) => !element(id).value);
  return checkURL(value("token_url"), "token_url") || (name ? missing[name] : "");
}

onSubmit("password-form", "send", check, async () => {
  const fields = { grant_type: "password", username: value("username"), password: element("password").value };
  if (value("scope")) fields.scope = value("scope");
  storeTokens(await requestToken("request_token", fields, { masked: ["password"] }));
  showResult(text("consumer.script.tokens"));
});
