// Explains the error codes of a token endpoint.
import { text } from "./text.js";

const texts = {
  invalid_client: () => text("consumer.script.error_invalid_client"),
  invalid_grant: () => text("consumer.script.error_invalid_grant"),
  invalid_request: () => text("consumer.script.error_invalid_request"),
  unauthorized_client: () => text("consumer.script.error_unauthorized_client"),
  unsupported_grant_type: () => text("consumer.script.error_unsupported_grant_type"),
  invalid_scope: () => text("consumer.script.error_invalid_scope"),
  temporarily_unavailable: () => text("consumer.script.error_temporarily_unavailable"),
  server_error: () => text("consumer.script.error_server_error"),
};

// actions are what an application requests, for the sentence "The provider did not …".
export const actions = {
  request_token: () => text("consumer.script.action_request_token"),
  request_code: () => text("consumer.script.action_request_code"),
  refresh: () => text("consumer.script.action_refresh"),
  replay: () => text("consumer.script.action_replay"),
  introspect: () => text("consumer.script.action_introspect"),
  revoke: () => text("consumer.script.action_revoke"),
  exchange: () => text("consumer.script.action_exchange"),
  exchange_token: () => text("consumer.script.action_exchange_token"),
};

// explain returns a text about a request that failed. The action is one of the actions.
export function explain(result, action) {
  if (result.problem) return result.problem;
  if (result.failure) {
    return text("consumer.script.cors", { action: actions[action](), origin: location.origin });
  }
  const code = result.body?.error;
  const sentence = texts[code]?.() ?? text("consumer.script.status", { status: result.status });
  const description = result.body?.error_description;
  return sentence + (code ? ` (${code}${description ? ": " + description : ""})` : "");
}
