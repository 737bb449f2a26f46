// Sends the requests of an OAuth 2 client (RFC 6749).
import { relays } from "./relay.js";

// formEncode encodes a value as application/x-www-form-urlencoded.
const formEncode = (text) => new URLSearchParams([["", text]]).toString().slice(1);

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
    const text = await response.text();
    return { ...sent, status: response.status, body: parse(text), response: showResponse(response, text) };
  } catch (failure) {
    return { ...sent, failure, response: "(none)" };
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
    return { failure, problem: failure.message, response: "(none)" };
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
    return `No response. The API is not reachable, or it does not allow requests from pages at ${location.origin}.`;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function showRequest(url, headers, body, hidden, relayed) {
  const target = new URL(url);
  const lines = [`POST ${target.pathname}${target.search} HTTP/1.1`, `Host: ${target.host}`];
  if (!relayed) lines.push(`Origin: ${location.origin}`);
  for (const [name, value] of Object.entries(headers)) {
    lines.push(`${name}: ${name === "Authorization" ? "Basic (client ID and secret in base64)" : value}`);
  }
  const fields = [...body].map(([name, value]) => (hidden.includes(name) ? `${name}=(not shown)` : new URLSearchParams([[name, value]]).toString()));
  return lines.join("\n") + "\n\n" + fields.join("\n&");
}

function showCurl(url, clientId, basic, body, hidden) {
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const parts = ["curl " + quote(url)];
  if (basic) parts.push(`-u ${quote(clientId)}:"$CLIENT_SECRET"`);
  for (const [name, value] of body) parts.push("--data-urlencode " + (hidden.includes(name) ? `"${name}=$${name.toUpperCase()}"` : quote(name + "=" + value)));
  return parts.join(" \\\n  ");
}

function showResponse(response, text) {
  const lines = [`HTTP ${response.status} ${response.statusText}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  return lines.join("\n") + "\n\n" + indent(text);
}

// indent returns JSON with line breaks, and any other text unchanged.
function indent(text) {
  const value = parse(text);
  return value === null ? text : JSON.stringify(value, null, 2);
}

// checkURL returns an error message, or "" if the URL is valid.
export function checkURL(url, name) {
  if (!url) return `Enter the ${name}.`;
  if (!/^https?:\/\//i.test(url)) return `The ${name} must begin with http:// or https://.`;
  try {
    new URL(url);
  } catch {
    return `The ${name} is not valid.`;
  }
  return "";
}
