// The requests that a client makes (RFC 6749), as plain functions.

// formEncode writes one value as application/x-www-form-urlencoded does.
const formEncode = (text) => new URLSearchParams([["", text]]).toString().slice(1);

// direct sends a form to an endpoint. A secret goes into the Authorization
// header (RFC 6749 section 2.3.1); without one the client only names itself.
// It resolves to { request, curl, response, status, body }, and never rejects:
// a failure of the network is in `failure`.
export async function direct(url, clientId, secret, fields) {
  const body = new URLSearchParams(fields);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };
  if (secret) {
    headers.Authorization = "Basic " + btoa(formEncode(clientId) + ":" + formEncode(secret));
  } else {
    body.set("client_id", clientId);
  }
  const sent = { request: showRequest(url, headers, body), curl: showCurl(url, clientId, secret, body) };
  try {
    const answer = await fetch(url, { method: "POST", headers, body, credentials: "omit", cache: "no-store", redirect: "error" });
    const text = await answer.text();
    return { ...sent, status: answer.status, body: parse(text), response: showResponse(answer, text) };
  } catch (failure) {
    return { ...sent, failure, response: "(none)" };
  }
}

// call fetches an API with an access token (RFC 6750 section 2.1).
export async function call(url, token) {
  const answer = await fetch(url, { headers: token ? { Authorization: "Bearer " + token } : {}, credentials: "omit", cache: "no-store" });
  return { status: answer.status, text: await answer.text(), challenge: answer.headers.get("WWW-Authenticate") };
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
    lines.push(`${name}: ${name === "Authorization" ? "Basic (client id and secret, base64)" : value}`);
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

function showResponse(answer, text) {
  const lines = [`HTTP ${answer.status} ${answer.statusText}`];
  for (const [name, value] of answer.headers) lines.push(`${name}: ${value}`);
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* not JSON: shown as it is */ }
  return lines.join("\n") + "\n\n" + shown;
}

// problem says what is wrong with an address before it is used, or "".
export function problem(url, name) {
  if (!url) return `Please specify the ${name}.`;
  if (!/^https?:\/\//i.test(url)) return `The ${name} needs http:// or https:// in front.`;
  try {
    new URL(url);
  } catch {
    return `The ${name} is not an address.`;
  }
  return "";
}
