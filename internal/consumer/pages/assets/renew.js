// Renews the tokens in a hidden frame, with prompt=none.
import { checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, onSubmit, showMessages, showResult, storeTokens, loadTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { postAs, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

const before = loadTokens();
if (before?.requested_scope) element("scope").value = before.requested_scope;
fillIn();
prepareClient();

// patience is how long to wait for the provider, in milliseconds.
const patience = 10_000;

const reasons = {
  login_required: () => text("consumer.script.renew_login_required"),
  consent_required: () => text("consumer.script.renew_consent_required"),
  interaction_required: () => text("consumer.script.renew_interaction_required"),
  account_selection_required: () => text("consumer.script.renew_account_selection_required"),
  wrong_issuer: () => text("consumer.script.renew_wrong_issuer"),
  timeout: () => text("consumer.script.renew_timeout"),
};

function event(sentence) {
  const list = element("events");
  if (list.dataset.begun) list.appendChild(document.createElement("li")).textContent = sentence;
  else list.firstElementChild.textContent = sentence;
  list.dataset.begun = "yes";
}

// inFrame opens the link in a hidden frame, and resolves to the authorization response.
// Only the page of this origin in this frame can send it.
function inFrame(link, state) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = text("consumer.script.renew_frame");
    const end = (answer) => {
      clearTimeout(timer);
      removeEventListener("message", receive);
      frame.remove();
      resolve(answer);
    };
    const receive = ({ origin, source, data }) => {
      if (origin === location.origin && source === frame.contentWindow && data?.state === state) end(data);
    };
    const timer = setTimeout(() => end({ error: "timeout" }), patience);
    addEventListener("message", receive);
    frame.src = link;
    document.body.appendChild(frame);
  });
}

async function renew() {
  const fields = new URLSearchParams({ client_id: value("client_id"), issuer: value("issuer"), scope: value("scope"), resource: before?.resource ?? "" });
  const response = await fetch("/consumer/renew/", { method: "POST", body: fields });
  const started = await response.json();
  if (!response.ok) throw new Error(started.problem);
  event(text("consumer.script.renew_opens", { host: new URL(started.link).host }));
  const answer = await inFrame(started.link, started.state);
  if (answer.error) {
    event(text("consumer.script.renew_error", { error: answer.error }));
    throw new Error(`${reasons[answer.error]?.() ?? text("consumer.script.renew_rejected")} (${answer.error}${answer.description ? ": " + answer.description : ""})`);
  }
  event(text("consumer.script.renew_code"));
  const url = started.provider.token_endpoint;
  const error = checkURL(url, "token_url");
  if (error) throw new Error(error);
  const result = await postAs(url, started.provider.issuer, {
    grant_type: "authorization_code", code: answer.code, redirect_uri: answer.redirect_uri, code_verifier: answer.verifier,
  });
  showMessages(result);
  if (!result.body?.access_token) throw new Error(text("consumer.script.no_tokens", { reason: explain(result, "exchange") }));
  storeTokens({
    ...result.body, received: Date.now(), client_id: value("client_id"), nonce: answer.nonce, code: answer.code,
    requested_scope: value("scope"), resource: before?.resource, provider: started.provider,
  });
  event(text("consumer.script.renew_exchanged"));
  showResult(text("consumer.script.renewed"));
}

onSubmit("renew-form", "renew", () => "", renew);
