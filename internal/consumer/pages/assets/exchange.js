// The exchange of a code for tokens, done by the browser itself.
import { direct, problem } from "./oauth.js";
import { explain } from "./explain.js";
import { showWire, showError, keep } from "./wire.js";

const element = (id) => document.getElementById(id);
const value = (id) => element(id).value.trim();

// The code leaves the address bar, and so the history.
history.replaceState(null, "", location.pathname);

// About a minute is what most providers give; said aloud only now and then.
const ends = Date.now() + 60_000;
let traded = false;
const tick = () => {
  const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
  const box = element("countdown");
  box.hidden = traded;
  box.textContent = left > 0 ? `The code lives for about ${left} more seconds.` : "The code has probably expired. If the exchange fails, build a new link.";
  if ([30, 10, 0].includes(left) && !traded) element("countdown-said").textContent = box.textContent;
  if (left > 0 && !traded) setTimeout(tick, 1000);
};
tick();

element("exchange-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = value("token_url");
  const wrong = problem(url, "token URL") || (value("client_id") ? "" : "Please specify the client id.");
  showError(wrong);
  if (wrong) return;
  const button = element("exchange");
  button.disabled = true;
  const answer = await direct(url, value("client_id"), element("client_secret").value.trim(), {
    grant_type: "authorization_code",
    code: value("code"),
    redirect_uri: value("redirect_uri"),
    code_verifier: value("code_verifier"),
  });
  button.disabled = false;
  showWire(answer);
  if (!answer.body?.access_token) {
    const hint = answer.body?.error === "invalid_grant" ? " You have about 60 seconds for this step; start again with a new authorization link." : "";
    showError("The tokens could not be had. " + explain(answer, "exchange the code") + hint);
    return;
  }
  traded = true;
  tick();
  showError("");
  keep({ ...answer.body, got: Date.now(), client_id: value("client_id"), token_url: url, introspection_url: value("introspection_url"), revocation_url: value("revocation_url") });
  element("client_secret").value = "";
  element("exchange-form").hidden = true;
  const link = element("to-tokens");
  link.hidden = false;
  link.focus();
});
