// Sends the requests of an OAuth 2 client (RFC 6749).
import { relays } from "./relay.js";
import { text } from "./text.js";

// formEncode encodes a value as application/x-www-form-urlencoded.
const formEncode = (value) => new URLSearchParams([["", value]]).toString().slice(1);

// postForm sends a form to an endpoint. A client secret is sent in the
// Authorization header (RFC 6749 section 2.3.1), or in the form if
// options.secretInForm is set. A client without a secret sends only its client ID.
// options.masked are names of fields that are not shown. postForm resolves to
// { request, curl, response, status, body }, or to { request, curl, response, failure }
// if there was no response. It never rejects.
export async function postForm(url, clientId, secret, fields, { secretInForm = false, masked = [] } = {}) {
  const body = new URLSearchParams(fields);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
  if (secret && !secretInForm) {
    headers.Authorization = "Basic " + btoa(formEncode(clientId) + ":" + formEncode(secret));
  } else {
    body.set("client_id", clientId);
    if (secret) body.set("client_secret", secret);
  }
  const hidden = ["client_secret", ...masked];
  const relayed = relays();
  const sent = { request: showRequest(url, headers, body, hidden, relayed), curl: showCurl(url, clientId, secret && !secretInForm, body, hidden) };
  if (relayed) return { ...sent, ...(await throughServer(url, headers.Authorization, body)) };
  try {
    const response = await fetch(url, { method: "POST", headers, body, credentials: "omit", cache: "no-store", redirect: "error" });
    const answer = await response.text();
    return { ...sent, status: response.status, body: parse(answer), response: showResponse(response, answer) };
  } catch (failure) {
    return { ...sent, failure, response: text("consumer.script.none") };
  }
}

// throughServer lets the server of this application send the form.
async function throughServer(url, authorization, body) {
  try {
    const response = await fetch("/consumer/relay/", { method: "POST", body: new URLSearchParams({ url, authorization: authorization ?? "", body }) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.problem);
    return { status: answer.status, body: parse(answer.body), response: `${answer.text}\ncontent-type: ${answer.type}\n\n${indent(answer.body)}` };
  } catch (failure) {
    return { failure, problem: failure.message, response: text("consumer.script.none") };
  }
}

// callAPI sends a GET request with an access token (RFC 6750 section 2.1). It
// resolves to a text that shows the response, or the reason why there is none.
export async function callAPI(url, token) {
  try {
    const response = await fetch(url, { headers: token ? { Authorization: "Bearer " + token } : {}, credentials: "omit", cache: "no-store" });
    const challenge = response.headers.get("WWW-Authenticate");
    return `HTTP ${response.status} ${await response.text()}${challenge ? "\n" + challenge : ""}`;
  } catch {
    return text("consumer.script.no_api", { origin: location.origin });
  }
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function showRequest(url, headers, body, hidden, relayed) {
  const target = new URL(url);
  const lines = [`POST ${target.pathname}${target.search} HTTP/1.1`, `Host: ${target.host}`];
  if (!relayed) lines.push(`Origin: ${location.origin}`);
  for (const [name, value] of Object.entries(headers)) {
    lines.push(`${name}: ${name === "Authorization" ? "Basic " + text("consumer.script.basic") : value}`);
  }
  const fields = [...body].map(([name, value]) => (hidden.includes(name) ? `${name}=${text("consumer.script.not_shown")}` : new URLSearchParams([[name, value]]).toString()));
  return lines.join("\n") + "\n\n" + fields.join("\n&");
}

function showCurl(url, clientId, basic, body, hidden) {
  const quote = (value) => "'" + value.replaceAll("'", "'\\''") + "'";
  const parts = ["curl " + quote(url)];
  if (basic) parts.push(`-u ${quote(clientId)}:"$CLIENT_SECRET"`);
  for (const [name, value] of body) parts.push("--data-urlencode " + (hidden.includes(name) ? `"${name}=$${name.toUpperCase()}"` : quote(name + "=" + value)));
  return parts.join(" \\\n  ");
}

function showResponse(response, body) {
  const lines = [`HTTP ${response.status} ${response.statusText}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  return lines.join("\n") + "\n\n" + indent(body);
}

// indent returns JSON with line breaks, and any other text unchanged.
function indent(body) {
  const value = parse(body);
  return value === null ? body : JSON.stringify(value, null, 2);
}

// names are the names of the URLs, for the sentences of checkURL.
const names = {
  token_url: () => text("consumer.script.name_token_url"),
  api_url: () => text("consumer.script.name_api_url"),
  device_url: () => text("consumer.script.name_device_url"),
  introspection_url: () => text("consumer.script.name_introspection_url"),
  revocation_url: () => text("consumer.script.name_revocation_url"),
  userinfo_url: () => text("consumer.script.name_userinfo_url"),
};

// checkURL returns an error message, or "" if the URL is valid. The field is one of the
// names.
export function checkURL(url, field) {
  const name = names[field]();
  if (!url) return text("consumer.script.enter_url", { name });
  if (!/^https?:\/\//i.test(url)) return text("consumer.script.url_scheme", { name });
  try {
    new URL(url);
  } catch {
    return text("consumer.script.url_invalid", { name });
  }
  return "";
}
