// Renews the tokens in a hidden frame, with prompt=none.
import { checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, onSubmit, showMessages, showResult, storeTokens, loadTokens } from "./page.js";
import { fillIn } from "./provider.js";
import { postAs, prepareClient } from "./client_auth.js";

const before = loadTokens();
if (before?.requested_scope) element("scope").value = before.requested_scope;
fillIn();
prepareClient();

// patience is how long to wait for the provider, in milliseconds.
const patience = 10_000;

const reasons = {
  login_required: "You are not logged in at the provider, or the browser did not send its cookie. See below.",
  consent_required: "The provider has to ask you for permission, which it cannot do in a hidden frame. See below.",
  interaction_required: "The provider has to show you a page, which it cannot do in a hidden frame.",
  account_selection_required: "You are logged in with several accounts, and the provider has to ask you which one to use.",
  wrong_issuer: "The response comes from another provider. It was not used (RFC 9207).",
  timeout: "The provider did not respond within 10 seconds. It may have shown a page instead. See below.",
};

function event(text) {
  const list = element("events");
  if (list.dataset.begun) list.appendChild(document.createElement("li")).textContent = text;
  else list.firstElementChild.textContent = text;
  list.dataset.begun = "yes";
}

// inFrame opens the link in a hidden frame, and resolves to the authorization response.
// Only the page of this origin in this frame can send it.
function inFrame(link, state) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Hidden frame of the silent renewal";
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
  event(`The hidden frame opens the authorization endpoint at ${new URL(started.link).host} with prompt=none.`);
  const answer = await inFrame(started.link, started.state);
  if (answer.error) {
    event(`The provider returned ${answer.error}.`);
    throw new Error(`${reasons[answer.error] ?? "The provider rejected the request."} (${answer.error}${answer.description ? ": " + answer.description : ""})`);
  }
  event("The frame received a code, and sent it to this page.");
  const url = started.provider.token_endpoint;
  const error = checkURL(url, "token URL");
  if (error) throw new Error(error);
  const result = await postAs(url, started.provider.issuer, {
    grant_type: "authorization_code", code: answer.code, redirect_uri: answer.redirect_uri, code_verifier: answer.verifier,
  });
  showMessages(result);
  if (!result.body?.access_token) throw new Error("The provider returned no tokens. " + explain(result, "exchange the code"));
  storeTokens({
    ...result.body, received: Date.now(), client_id: value("client_id"), nonce: answer.nonce, code: answer.code,
    requested_scope: value("scope"), resource: before?.resource, provider: started.provider,
  });
  event("The code was exchanged for new tokens.");
  showResult("Renewed. The new tokens are on the Tokens page.");
}

onSubmit("renew-form", "renew", () => "", renew);
