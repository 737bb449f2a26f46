// Tells the server whether this device can have a passkey (WebAuthn §5.1.7), so that it can
// offer one after the login with a password.
const field = document.querySelector('[data-can-have-passkey]')
if (typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON === 'function') {
  const able = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()
  if (field && able) field.value = 'yes'
}
