// Sends the requests of an OAuth 2 client (RFC 6749).

// formEncode encodes a value as application/x-www-form-urlencoded.
const formEncode = (text) => new URLSearchParams([["", text]]).toString().slice(1);

// postForm sends a form to an endpoint. A client secret is sent in the
// Authorization header (RFC 6749 section 2.3.1). A public client sends only its
// client ID. postForm resolves to { request, curl, response, status, body }, or to
// { request, curl, response, failure } if there was no response. It never rejects.
export async function postForm(url, clientId, secret, fields) {
  const body = new URLSearchParams(fields);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
  if (secret) {
    headers.Authorization = "Basic " + btoa(formEncode(clientId) + ":" + formEncode(secret));
  } else {
    body.set("client_id", clientId);
  }
  const sent = { request: showRequest(url, headers, body), curl: showCurl(url, clientId, secret, body) };
  try {
    const response = await fetch(url, { method: "POST", headers, body, credentials: "omit", cache: "no-store", redirect: "error" });
    const text = await response.text();
    return { ...sent, status: response.status, body: parse(text), response: showResponse(response, text) };
  } catch (failure) {
    return { ...sent, failure, response: "(none)" };
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
    return `No response. The API is not reachable, or it does not allow requests from pages of ${location.origin}.`;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function showRequest(url, headers, body) {
  const target = new URL(url);
  const lines = [`POST ${target.pathname}${target.search} HTTP/1.1`, `Host: ${target.host}`, `Origin: ${location.origin}`];
  for (const [name, value] of Object.entries(headers)) {
    lines.push(`${name}: ${name === "Authorization" ? "Basic (client ID and secret in base64)" : value}`);
  }
  return lines.join("\n") + "\n\n" + body.toString().replaceAll("&", "\n&");
}

function showCurl(url, clientId, secret, body) {
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const parts = ["curl " + quote(url)];
  if (secret) parts.push(`-u ${quote(clientId)}:"$CLIENT_SECRET"`);
  for (const [name, value] of body) parts.push("--data-urlencode " + quote(name + "=" + value));
  return parts.join(" \\\n  ");
}

function showResponse(response, text) {
  const lines = [`HTTP ${response.status} ${response.statusText}`];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* not JSON: show the text unchanged */ }
  return lines.join("\n") + "\n\n" + shown;
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
