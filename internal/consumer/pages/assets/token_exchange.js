// Exchanges a token for another one (RFC 8693).
import { checkURL } from "./oauth.js";
import { element, value, onSubmit, showResult, storeTokens, loadTokens, decodeJWT } from "./page.js";
import { fillIn } from "./provider.js";
import { requestToken, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

const mine = loadTokens();
const ofType = (type) => mine?.[type.slice(type.lastIndexOf(":") + 1)] ?? "";
let issued = null;
let filledIn = "";

// fillInSubject fills in the token of this tab that has the selected type.
function fillInSubject() {
  if (value("subject_token") !== filledIn) return; // the person has entered another one
  filledIn = ofType(value("subject_token_type"));
  element("subject_token").value = filledIn;
}

fillInSubject();
element("subject_token_type").addEventListener("change", fillInSubject);
fillIn();
prepareClient();

function parameters() {
  const fields = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: value("subject_token"), subject_token_type: value("subject_token_type") };
  if (value("actor_token")) Object.assign(fields, { actor_token: value("actor_token"), actor_token_type: value("actor_token_type") });
  for (const name of ["requested_token_type", "resource", "audience", "scope"]) if (value(name)) fields[name] = value(name);
  return fields;
}

async function exchange() {
  issued = null;
  element("issued").hidden = true;
  issued = await requestToken("exchange_token", parameters(), { needsSecret: true, masked: ["subject_token", "actor_token"] });
  element("issued").hidden = false;
  element("access_token").value = issued.access_token;
  element("issued_token_type").textContent = issued.issued_token_type ?? text("consumer.script.type_missing");
  element("issued_scope").textContent = issued.scope ?? text("consumer.script.scope_requested");
  const parts = decodeJWT(issued.access_token);
  element("decoded").hidden = !parts;
  element("jwt").textContent = (parts ?? []).join("\n");
  showResult(text("consumer.script.new_token"));
}

const check = () => checkURL(value("token_url"), "token_url") || (value("client_id") ? "" : text("consumer.script.client_id")) || (value("subject_token") ? "" : text("consumer.script.subject_token"));

onSubmit("exchange-token-form", "send", check, exchange);

element("use").addEventListener("click", () => {
  storeTokens(issued);
  location.assign("/consumer/client/");
});
