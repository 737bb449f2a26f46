// Shows the ID token and lets the server of this application check it.
import { checkURL } from "./oauth.js";
import { element, value, showError, showResult, loadTokens } from "./page.js";

const tokens = loadTokens();
const words = { ok: "✓ Passed", failed: "✗ Failed", skipped: "– Not checked" };
const classes = { ok: "ok", failed: "off", skipped: "" };
let subject = "";

element("empty").hidden = Boolean(tokens?.id_token);
element("page").hidden = !tokens?.id_token;
if (tokens?.id_token) {
  const p = tokens.provider ?? {};
  const fields = { id_token: tokens.id_token, issuer: p.issuer, jwks_uri: p.jwks_uri, client_id: tokens.client_id, nonce: tokens.nonce, userinfo_url: p.userinfo_endpoint };
  for (const [id, text] of Object.entries(fields)) element(id).value = text ?? "";
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
    return verdict("error", "The ID token could not be checked: " + failure.message);
  }
  subject = answer.claims?.sub ?? "";
  element("id-header").textContent = JSON.stringify(answer.header ?? null, null, 2);
  element("id-claims").textContent = JSON.stringify(answer.claims ?? null, null, 2);
  element("checks").replaceChildren(...answer.checks.map(row));
  const failed = answer.checks.filter((c) => c.state === "failed").map((c) => c.name);
  const unsigned = answer.checks.some((c) => c.name === "Signature" && c.state === "skipped");
  if (failed.length) return verdict("error", `The ID token must not be used: ${failed.join(", ")} failed.`);
  if (unsigned) return verdict("warn", "The claims are valid, but the signature was not checked.");
  verdict("ok", "The ID token is valid.");
}

function verdict(kind, text) {
  const box = element("verdict");
  box.className = "message " + kind;
  box.textContent = text;
  box.hidden = false;
}

function row(check) {
  const item = document.createElement("li");
  const parts = [["strong", "", check.name], ["span", "badge " + classes[check.state], words[check.state]], ["span", "", check.text]];
  for (const [tag, name, text] of parts) {
    const part = item.appendChild(document.createElement(tag));
    part.className = name;
    part.textContent = text;
  }
  return item;
}

// The claims about the person (OpenID Connect Core section 5.3).
element("fetch-userinfo").addEventListener("click", async () => {
  showResult("");
  const url = value("userinfo_url");
  const error = checkURL(url, "userinfo URL");
  showError(error);
  if (error) return;
  let response, text;
  try {
    response = await fetch(url, { headers: { Authorization: "Bearer " + tokens.access_token }, credentials: "omit", cache: "no-store" });
    text = await response.text();
  } catch {
    return showError(`There is no response. The provider is not reachable, or it does not allow requests from pages at ${location.origin}.`);
  }
  const box = element("userinfo");
  box.hidden = false;
  element("userinfo-checks").hidden = true;
  if (response.headers.get("Content-Type")?.startsWith("application/jwt")) {
    return checkUserinfo(text.trim());
  }
  let claims = null;
  try {
    claims = JSON.parse(text);
  } catch { /* not JSON: shown unchanged */ }
  box.textContent = `HTTP ${response.status}\n\n` + (claims ? JSON.stringify(claims, null, 2) : text);
  if (!response.ok) return showError(response.status === 401 ? "The access token has expired or was revoked. Refresh it on the Tokens page." : "The provider returned no claims. Does the access token have the scope openid?");
  if (!claims?.sub || claims.sub !== subject) return showError(`The sub is ${claims?.sub ?? "missing"}, but the sub of the ID token is ${subject}. An application must not use these claims.`);
  showResult("The sub matches the ID token, so the claims are about you.");
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
    return showError("The response could not be checked: " + failure.message);
  }
  if (answer.claims) element("userinfo").textContent = [answer.header, answer.claims].map((part) => JSON.stringify(part ?? null, null, 2)).join("\n");
  element("userinfo-checks").replaceChildren(...answer.checks.map(row));
  element("userinfo-checks").hidden = false;
  const failed = answer.checks.filter((c) => c.state === "failed").map((c) => c.name);
  if (failed.length) return showError(`The response must not be used: ${failed.join(", ")} failed.`);
  const open = answer.checks.filter((c) => c.state === "skipped" && c.name !== "exp").map((c) => c.name);
  showResult(open.length ? `The response is a JWT. Not checked: ${open.join(", ")}.` : "The response is a signed JWT, and it is valid.");
}
