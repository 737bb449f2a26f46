// Shows the ID token and lets the server of this application check it.
import { checkURL } from "./oauth.js";
import { element, value, showError, showResult, loadTokens } from "./page.js";
import { text } from "./text.js";

const tokens = loadTokens();
const words = { ok: text("consumer.script.passed"), failed: text("consumer.script.failed"), skipped: text("consumer.script.skipped") };
const classes = { ok: "ok", failed: "off", skipped: "" };
let subject = "";

element("empty").hidden = Boolean(tokens?.id_token);
element("page").hidden = !tokens?.id_token;
if (tokens?.id_token) {
  const p = tokens.provider ?? {};
  const fields = { id_token: tokens.id_token, issuer: p.issuer, jwks_uri: p.jwks_uri, client_id: tokens.client_id, nonce: tokens.nonce, userinfo_url: p.userinfo_endpoint };
  for (const [id, content] of Object.entries(fields)) element(id).value = content ?? "";
  check();
}
element("check-again").addEventListener("click", check);

async function check() {
  const form = new URLSearchParams({ access_token: tokens.access_token ?? "", code: tokens.code ?? "", refreshed: tokens.refreshed ? "yes" : "" });
  for (const id of ["id_token", "issuer", "jwks_uri", "client_id", "nonce"]) form.set(id, value(id));
  let answer;
  try {
    const response = await fetch("/consumer/id-token/check/", { method: "POST", body: form });
    answer = await response.json();
    if (!response.ok) throw new Error(answer.problem);
  } catch (failure) {
    return verdict("error", text("consumer.script.id_token_unchecked", { reason: failure.message }));
  }
  subject = answer.claims?.sub ?? "";
  element("id-header").textContent = JSON.stringify(answer.header ?? null, null, 2);
  element("id-claims").textContent = JSON.stringify(answer.claims ?? null, null, 2);
  element("checks").replaceChildren(...answer.checks.map(row));
  const failed = answer.checks.filter((c) => c.state === "failed").map((c) => c.name);
  const unsigned = answer.checks.some((c) => c.id === "Signature" && c.state === "skipped");
  if (failed.length) return verdict("error", text("consumer.script.id_token_failed", { checks: failed.join(", ") }));
  if (unsigned) return verdict("warn", text("consumer.script.id_token_unsigned"));
  verdict("ok", text("consumer.script.id_token_valid"));
}

function verdict(kind, sentence) {
  const box = element("verdict");
  box.className = "message " + kind;
  box.textContent = sentence;
  box.hidden = false;
}

function row(check) {
  const item = document.createElement("li");
  const parts = [["strong", "", check.name], ["span", "badge " + classes[check.state], words[check.state]], ["span", "", check.text]];
  for (const [tag, name, content] of parts) {
    const part = item.appendChild(document.createElement(tag));
    part.className = name;
    part.textContent = content;
  }
  return item;
}

// The claims about the person (OpenID Connect Core section 5.3).
element("fetch-userinfo").addEventListener("click", async () => {
  showResult("");
  const url = value("userinfo_url");
  const error = checkURL(url, "userinfo_url");
  showError(error);
  if (error) return;
  let response, body;
  try {
    response = await fetch(url, { headers: { Authorization: "Bearer " + tokens.access_token }, credentials: "omit", cache: "no-store" });
    body = await response.text();
  } catch {
    return showError(text("consumer.script.no_userinfo", { origin: location.origin }));
  }
  const box = element("userinfo");
  box.hidden = false;
  element("userinfo-checks").hidden = true;
  if (response.headers.get("Content-Type")?.startsWith("application/jwt")) {
    return checkUserinfo(body.trim());
  }
  let claims = null;
  try {
    claims = JSON.parse(body);
  } catch { /* not JSON: shown unchanged */ }
  box.textContent = `HTTP ${response.status}\n\n` + (claims ? JSON.stringify(claims, null, 2) : body);
  if (!response.ok) return showError(response.status === 401 ? text("consumer.script.userinfo_token") : text("consumer.script.no_claims"));
  if (!claims?.sub) return showError(text("consumer.script.no_sub", { subject }));
  if (claims.sub !== subject) return showError(text("consumer.script.other_sub", { sub: claims.sub, subject }));
  showResult(text("consumer.script.same_sub"));
});

// checkUserinfo lets the server of this application check a response that is a JWT
// (OpenID Connect Core section 5.3.2).
async function checkUserinfo(jwt) {
  element("userinfo").textContent = jwt;
  const form = new URLSearchParams({ userinfo: jwt, sub: subject });
  for (const id of ["issuer", "jwks_uri", "client_id"]) form.set(id, value(id));
  let answer;
  try {
    const response = await fetch("/consumer/userinfo/check/", { method: "POST", body: form });
    answer = await response.json();
    if (!response.ok) throw new Error(answer.problem);
  } catch (failure) {
    return showError(text("consumer.script.userinfo_unchecked", { reason: failure.message }));
  }
  if (answer.claims) element("userinfo").textContent = [answer.header, answer.claims].map((part) => JSON.stringify(part ?? null, null, 2)).join("\n");
  element("userinfo-checks").replaceChildren(...answer.checks.map(row));
  element("userinfo-checks").hidden = false;
  const failed = answer.checks.filter((c) => c.state === "failed").map((c) => c.name);
  if (failed.length) return showError(text("consumer.script.userinfo_failed", { checks: failed.join(", ") }));
  const open = answer.checks.filter((c) => c.state === "skipped" && c.id !== "exp").map((c) => c.name);
  showResult(open.length ? text("consumer.script.userinfo_open", { checks: open.join(", ") }) : text("consumer.script.userinfo_valid"));
}
