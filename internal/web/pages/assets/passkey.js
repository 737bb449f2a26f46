// Asks the browser for a passkey and sends its answer with the form:
//   <form data-passkey-create="OPTIONS"> adds a passkey, and
//   <form data-passkey-get="OPTIONS"> uses one; OPTIONS is the JSON of the server.
// The form has an empty hidden field for the answer, a button and a message that are
// hidden, and a text that is shown if the browser has no passkeys or no scripts.
const supported = typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON === "function";

async function ask(form, signal) {
  if (form.dataset.passkeyCreate) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(form.dataset.passkeyCreate));
    return navigator.credentials.create({ publicKey, signal });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.passkeyGet));
  return navigator.credentials.get({ publicKey, signal });
}

// failure returns the message for an error: the one of the reason, or the general one.
function failure(form, error) {
  return form.querySelector(`[data-passkey-failed="${error.name}"]`) ?? form.querySelector("[data-passkey-failed='']");
}

for (const form of document.querySelectorAll("form[data-passkey-create], form[data-passkey-get]")) {
  if (!supported) {
    continue;
  }
  form.querySelector("[data-passkey-unsupported]").hidden = true;
  const button = form.querySelector("[data-passkey-button]");
  const answer = form.querySelector("[data-passkey-answer]");
  answer.value = ""; // a browser can restore it when the person returns to the page
  let asking = null;
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (answer.value) {
      return;
    }
    event.preventDefault();
    asking?.abort();
    asking = new AbortController();
    for (const message of form.querySelectorAll("[data-passkey-failed]")) {
      message.hidden = true;
    }
    try {
      const credential = await ask(form, asking.signal);
      answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      if (error.name !== "AbortError") {
        failure(form, error).hidden = false;
        button.focus();
      }
    }
  });
}
