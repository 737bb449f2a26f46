// Authenticates the client at the token endpoint, as the form of the page says.
import { element, value } from "./page.js";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// prepareClient shows the fields that the authentication method needs.
export function prepareClient() {
  const show = () => {
    element("secret-field").hidden = !value("auth_method").startsWith("client_secret");
    element("key-hint").hidden = value("auth_method") !== "private_key_jwt";
  };
  element("auth_method").addEventListener("change", show);
  show();
}

// authenticate returns the arguments of postForm that authenticate the client: its
// secret, more fields, and options. It throws an error with words for the person.
export async function authenticate(audience) {
  const clientId = value("client_id");
  switch (value("auth_method")) {
    case "none":
      return { secret: "", fields: {}, options: {} };
    case "private_key_jwt": {
      const response = await fetch("/consumer/key/assertion/", { method: "POST", body: new URLSearchParams({ client_id: clientId, audience }) });
      if (!response.ok) throw new Error("The assertion could not be created. Reload the page, and try again.");
      return { secret: "", fields: { client_assertion_type: assertionType, client_assertion: await response.text() }, options: {} };
    }
  }
  const secret = value("client_secret");
  if (!secret) throw new Error("Enter the client secret, or choose another client authentication.");
  return { secret, fields: {}, options: { secretInForm: value("auth_method") === "client_secret_post" } };
}
