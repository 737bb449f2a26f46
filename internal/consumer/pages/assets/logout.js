// Fills in the form from the tokens of this tab.
import { element, loadTokens } from "./page.js";

const tokens = loadTokens();
if (tokens) {
  const fields = { issuer: tokens.provider?.issuer, logout_url: tokens.provider?.end_session_endpoint, client_id: tokens.client_id, id_token: tokens.id_token };
  for (const [id, text] of Object.entries(fields)) if (text && (!element(id).value || id === "issuer")) element(id).value = text;
}
