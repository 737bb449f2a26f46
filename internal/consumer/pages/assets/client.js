// Sends any request with an access token.
import { checkURL } from "./oauth.js";
import { sendRequest, parseHeaders, parseChallenge, explainChallenge, curlCommand, union } from "./api.js";
import { element, value, showError, loadTokens } from "./page.js";
import { text } from "./text.js";

const tokens = loadTokens();
element("access_token").value = tokens?.access_token ?? "";

element("client-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const request = { method: value("method"), url: value("api_url"), token: value("access_token"), body: value("body"), headers: [] };
  try {
    const error = checkURL(request.url, "api_url");
    if (error) throw new Error(error);
    request.headers = parseHeaders(value("headers"));
    if (request.body) checkJSON(request.body);
  } catch (failure) {
    return showError(failure.message);
  }
  showError("");
  element("call-api").disabled = true;
  show(request, await sendRequest(request));
  element("call-api").disabled = false;
});

function checkJSON(body) {
  try {
    JSON.parse(body);
  } catch (failure) {
    throw new Error(text("consumer.script.body", { reason: failure.message }), { cause: failure });
  }
}

function show(request, answer) {
  element("answer").hidden = false;
  element("curl").textContent = curlCommand(request);
  element("challenge").hidden = !answer.challenge;
  if (answer.failure) {
    element("api-response").textContent = text("consumer.script.no_api_cors", { method: request.method, origin: location.origin });
    return;
  }
  let body = answer.text;
  try {
    body = JSON.stringify(JSON.parse(body), null, 2);
  } catch { /* not JSON: shown unchanged */ }
  const headers = answer.headers.map(([name, content]) => `${name}: ${content}`).join("\n");
  element("api-response").textContent = `HTTP ${answer.status} ${answer.statusText}\n${headers}\n\n${body}`;
  if (answer.challenge) showChallenge(request, parseChallenge(answer.challenge));
}

function showChallenge(request, parameters) {
  element("challenge-text").textContent = explainChallenge(parameters, Boolean(request.token));
  element("challenge-parameters").replaceChildren(...Object.entries(parameters).flatMap(([name, content]) => {
    const [term, description] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    description.textContent = content;
    return [term, description];
  }));
  // The link asks for the scopes that the token has and those that are missing.
  const link = element("step-up");
  link.hidden = parameters.error !== "insufficient_scope" || !parameters.scope;
  const query = new URLSearchParams({ scope: union(tokens?.scope ?? tokens?.requested_scope, parameters.scope) });
  if (tokens?.client_id) query.set("client_id", tokens.client_id);
  if (tokens?.provider?.issuer) query.set("issuer", tokens.provider.issuer);
  if (tokens?.resource) query.set("resource", tokens.resource);
  link.href = "/consumer/?" + query;
  link.textContent = text("consumer.script.ask_scopes", { scopes: query.get("scope") });
}
