// Sends the authorization response to the page that contains the hidden frame. That page
// must have the same origin.
const { state, code, error, description, redirect, verifier, nonce } = document.getElementById("answer").dataset;
if (parent !== window) parent.postMessage({ state, code, error, description, redirect_uri: redirect, verifier, nonce }, location.origin);
