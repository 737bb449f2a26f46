// What an error means, in words, and what to do.
const texts = {
  invalid_client: "The provider does not accept the client id or the secret. Check both; copy the secret as it was shown when the application was added, never a hash of it. A public application sends no secret.",
  invalid_grant: "The code or the refresh token is no longer good: it has expired, was used before, or belongs to another application.",
  invalid_request: "The provider did not understand the request.",
  unauthorized_client: "The application may not use this grant type. Allow it in the application's settings at the provider.",
  unsupported_grant_type: "The provider does not support this grant type.",
  invalid_scope: "The provider does not grant this scope.",
  temporarily_unavailable: "The provider is busy. Wait a moment and try again.",
  server_error: "Something went wrong at the provider.",
};

// explain gives a sentence for an answer that is no success.
export function explain(answer, what) {
  if (answer.failure) {
    return `The browser could not ${what}. Either the provider does not answer, or it does not allow this page to call it: add ${location.origin} to the application's allowed origins (or redirect URIs) at the provider.`;
  }
  const code = answer.body?.error;
  const words = texts[code] ?? `The provider answered with HTTP ${answer.status}.`;
  const detail = answer.body?.error_description;
  return words + (code ? ` (${code}${detail ? ": " + detail : ""})` : "");
}
