// Explains the error codes of a token endpoint.
const texts = {
  invalid_client: "The provider does not accept the client ID or the client secret. Check both. Use the secret that was shown when the application was added, not a hash of it. A public application has no secret.",
  invalid_grant: "The code or the refresh token is not valid: it has expired, was used before, or belongs to another application.",
  invalid_request: "The provider rejected the request as invalid.",
  unauthorized_client: "The application is not allowed to use this grant type. Allow it in the application's settings at the provider.",
  unsupported_grant_type: "The provider does not support this grant type.",
  invalid_scope: "The provider does not grant this scope.",
  temporarily_unavailable: "The provider is busy. Wait a moment and try again.",
  server_error: "The provider had an internal error.",
};

// explain returns a text about a request that failed.
export function explain(result, action) {
  if (result.problem) return result.problem;
  if (result.failure) {
    return `The browser could not ${action}. Either the provider is not responding, or it does not allow requests from this page. To allow them, add ${location.origin} to the application's allowed origins (or redirect URIs) at the provider. Or select "Send through the server of this application".`;
  }
  const code = result.body?.error;
  const text = texts[code] ?? `The provider returned HTTP ${result.status}.`;
  const description = result.body?.error_description;
  return text + (code ? ` (${code}${description ? ": " + description : ""})` : "");
}
