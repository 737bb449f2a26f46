// Authenticates the client to the provider, as selected in the form.
import { postForm } from "./oauth.js";
import { explain } from "./explain.js";
import { element, value, loadClient, showMessages } from "./page.js";
import { provider } from "./provider.js";
import { text } from "./text.js";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// prepareClient shows the fields that the authentication method needs. It fills in how
// a client that registered itself in this tab authenticates.
export function prepareClient() {
  const show = () => {
    element("secret-field").hidden = !value("auth_method").startsWith("client_secret");
    element("key-hint").hidden = value("auth_method") !== "private_key_jwt";
  };
  const fillIn = () => {
    const client = loadClient();
    if (client?.client_id === value("client_id")) {
      element("client_secret").value = client.client_secret;
      element("auth_method").value = client.auth_method;
    } else if (client?.client_secret && value("client_secret") === client.client_secret) {
      element("client_secret").value = ""; // it belongs to another client
    }
    show();
  };
  element("auth_method").addEventListener("change", show);
  element("client_id").addEventListener("change", fillIn);
  fillIn();
}

// authenticate returns the arguments of postForm that authenticate the client: its
// secret, more fields, and options. The audience is that of an assertion, which is used
// only once. Without a secret, the client is public. If it must have one, authenticate
// throws an error whose message is for the person.
export async function authenticate(audience, { needsSecret = false } = {}) {
  const clientId = value("client_id");
  switch (value("auth_method")) {
    case "none":
      return { secret: "", fields: {}, options: {} };
    case "private_key_jwt": {
      const response = await fetch("/consumer/key/assertion/", { method: "POST", body: new URLSearchParams({ client_id: clientId, audience }) });
      if (!response.ok) throw new Error(text("consumer.script.assertion"));
      return { secret: "", fields: { client_assertion_type: assertionType, client_assertion: await response.text() }, options: {} };
    }
  }
  const secret = value("client_secret");
  if (!secret && needsSecret) throw new Error(text("consumer.script.client_secret"));
  return { secret, fields: {}, options: { secretInForm: value("auth_method") === "client_secret_post" } };
}

// postAs sends a form as the client. It resolves like postForm. If the client cannot
// authenticate, the result has the reason in problem.
export async function postAs(url, audience, fields) {
  try {
    const client = await authenticate(audience || url);
    return await postForm(url, value("client_id"), client.secret, { ...fields, ...client.fields }, client.options);
  } catch (failure) {
    const none = text("consumer.script.none");
    return { failure, problem: failure.message, request: none, curl: none, response: none };
  }
}

// requestToken sends a token request with these fields to the token endpoint of the
// form, and shows the messages. It returns the response as storeTokens stores it. If
// there is no token, it throws an error that says why the provider did not do what
// action, the name of a text, describes. The fields in masked are not shown.
export async function requestToken(action, fields, { needsSecret = false, masked = [] } = {}) {
  const url = value("token_url");
  const client = await authenticate(value("issuer") || url, { needsSecret });
  const result = await postForm(url, value("client_id"), client.secret, { ...fields, ...client.fields }, { ...client.options, masked });
  showMessages(result);
  if (!result.body?.access_token) throw new Error(text("consumer.script.no_token", { reason: explain(result, action) }));
  return { ...result.body, received: Date.now(), client_id: value("client_id"), provider: { ...provider(), token_endpoint: url } };
}
