// Acts as a device without a browser (RFC 8628).
import { checkURL } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, showMessages, showError, storeTokens } from "./page.js";
import { fillIn, provider } from "./provider.js";
import { postAs, prepareClient } from "./client_auth.js";
import { text } from "./text.js";

let timer = 0;
fillIn();
prepareClient();

// errors of the token endpoint that end the flow (RFC 8628 section 3.5).
const ends = {
  access_denied: text("consumer.script.device_denied"),
  expired_token: text("consumer.script.device_expired"),
};

function stop(state) {
  clearTimeout(timer);
  element("state").textContent = state;
  element("start").disabled = false;
  element("stop").hidden = true;
}

// setLink sets a link to a web page. Other schemes of a provider are not followed.
function setLink(link, address) {
  link.hidden = !/^https?:\/\//i.test(address ?? "");
  if (!link.hidden) link.href = address;
  return !link.hidden;
}

function showCode(started) {
  element("code-card").hidden = false;
  element("user_code").textContent = started.user_code;
  element("verification").textContent = started.verification_uri;
  setLink(element("verification"), started.verification_uri);
  const complete = setLink(element("complete"), started.verification_uri_complete);
  element("complete-hint").hidden = element("qr").hidden = !complete;
  if (complete) element("qr").src = "/consumer/device/qr/?" + new URLSearchParams({ text: started.verification_uri_complete });
}

// poll asks for the tokens after the interval, and again while the person has not
// decided.
function poll(started, interval) {
  element("state").textContent = text("consumer.script.device_waiting", { n: interval });
  timer = setTimeout(async () => {
    const result = await postAs(value("token_url"), provider().issuer, {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: started.device_code,
    });
    if (element("stop").hidden) return; // stopped in the meantime
    showMessages(result);
    const error = result.body?.error;
    if (error === "authorization_pending") return poll(started, interval);
    if (error === "slow_down" || result.failure) return poll(started, interval + 5);
    if (result.body?.access_token) {
      storeTokens({ ...result.body, received: Date.now(), client_id: value("client_id"), provider: { ...provider(), token_endpoint: value("token_url") } });
      element("result").hidden = false;
      element("result").textContent = text("consumer.script.device_connected");
      return stop(text("consumer.script.connected"));
    }
    showError(ends[error] ?? text("consumer.script.no_token", { reason: explain(result, "request_token") }));
    stop(text("consumer.script.stopped"));
  }, interval * 1000);
}

element("device-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = (value("client_id") ? "" : text("consumer.script.client_id")) || checkURL(value("device_url"), "device_url") || checkURL(value("token_url"), "token_url");
  showError(error);
  if (error) return;
  element("start").disabled = true;
  element("result").hidden = true;
  const result = await postAs(value("device_url"), provider().issuer, value("scope") ? { scope: value("scope") } : {});
  showMessages(result);
  const started = result.body;
  if (!started?.device_code || !started.user_code) {
    element("start").disabled = false;
    return showError(text("consumer.script.no_code", { reason: explain(result, "request_code") }));
  }
  element("stop").hidden = false;
  showCode(started);
  poll(started, started.interval ?? 5);
});

element("stop").addEventListener("click", () => stop(text("consumer.script.stopped")));
