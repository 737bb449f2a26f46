// Tells the browser which passkeys the person has on this server, so that it no longer
// offers those that were removed (WebAuthn §5.1.10). The server writes the argument into
// an element: <div data-passkey-signal='{"rpId": …}'>.
const accepted = document.querySelector("[data-passkey-signal]");
if (accepted && globalThis.PublicKeyCredential?.signalAllAcceptedCredentials) {
  PublicKeyCredential.signalAllAcceptedCredentials(JSON.parse(accepted.dataset.passkeySignal)).catch(() => {
    // The browser does not know the passkeys of this server, which is no fault.
  });
}
