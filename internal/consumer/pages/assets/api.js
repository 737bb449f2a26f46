// Sends a request to an API with an access token (RFC 6750 section 2.1), and explains
// how the API asks for another one (section 3).
import { text } from "./text.js";

// sendRequest resolves to { status, headers, text, challenge }, or to { failure }.
export async function sendRequest({ method, url, token, body, headers }) {
  const sent = new Headers(headers);
  if (token) sent.set("Authorization", "Bearer " + token);
  const hasBody = body && method !== "GET" && method !== "HEAD";
  if (hasBody) sent.set("Content-Type", "application/json");
  try {
    const response = await fetch(url, { method, headers: sent, body: hasBody ? body : undefined, credentials: "omit", cache: "no-store" });
    return { status: response.status, statusText: response.statusText, headers: [...response.headers], text: await response.text(), challenge: response.headers.get("WWW-Authenticate") };
  } catch (failure) {
    return { failure };
  }
}

// parseHeaders parses lines such as "X-Request-Id: 42". It throws an error whose
// message is for the person.
export function parseHeaders(lines) {
  return lines.split("\n").filter((line) => line.trim()).map((line) => {
    const [, name, value] = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (!name) throw new Error(text("consumer.script.header", { header: `"${line.trim()}"` }));
    return [name, value];
  });
}

// curlCommand returns a curl command that sends the same request. The token is in a
// shell variable.
export function curlCommand({ method, url, token, body, headers }) {
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const parts = ["curl " + quote(url), "-X " + method];
  if (token) parts.push('-H "Authorization: Bearer $ACCESS_TOKEN"');
  for (const [name, value] of headers) parts.push("-H " + quote(name + ": " + value));
  if (body && method !== "GET" && method !== "HEAD") parts.push("-H 'Content-Type: application/json'", "--data-raw " + quote(body));
  return parts.join(" \\\n  ");
}

// parseChallenge returns the parameters of a Bearer challenge.
export function parseChallenge(challenge) {
  const parameters = {};
  for (const [, name, quoted, plain] of challenge.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    parameters[name] = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
  }
  return parameters;
}

// explainChallenge returns a text that explains a challenge and what to do about it.
export function explainChallenge(parameters, sentToken) {
  switch (parameters.error) {
    case "insufficient_scope":
      return text("consumer.script.insufficient_scope");
    case "invalid_token":
      return text("consumer.script.invalid_token");
    case "invalid_request":
      return text("consumer.script.invalid_api_request");
  }
  return sentToken ? text("consumer.script.token_not_accepted") : text("consumer.script.token_needed");
}

// union returns the scopes of two lists that are separated by spaces.
export const union = (a, b) => [...new Set(`${a ?? ""} ${b ?? ""}`.split(" ").filter(Boolean))].join(" ");
