// Tells the browser which passkeys the person has on this server, so that it no longer
// offers those that were removed, and that nobody here has the passkey that was used
// (WebAuthn §5.1.10). The server writes the argument into an element:
// <div data-passkey-signal='{"rpId": …}'> or <div data-passkey-unknown='{"rpId": …}'>.
function signal(element, data, method) {
  const text = element?.dataset[data];
  if (!text || !globalThis.PublicKeyCredential?.[method]) return;
  PublicKeyCredential[method](JSON.parse(text)).catch(() => {
    // The browser does not know the passkeys of this server, which is no fault.
  });
}

signal(document.querySelector("[data-passkey-signal]"), "passkeySignal", "signalAllAcceptedCredentials");
signal(document.querySelector("[data-passkey-unknown]"), "passkeyUnknown", "signalUnknownCredential");
