// Forms with the attribute data-passkey send the answer of a passkey (WebAuthn §5.1.4). They
// stay hidden if the browser has no passkeys.
const form = document.querySelector('form[data-passkey]')
// Challenges expire after ten minutes.
const lifetime = 9 * 60 * 1000
let offer = null // what is offered in the autofill of a field

function bytes(text) {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (c) => c.charCodeAt(0))
}

function text(buffer) {
  if (!buffer) return undefined
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

// options requests a challenge. It is bound to this browser and to what the login is for.
async function options() {
  const body = new URLSearchParams({ step: form.dataset.step ?? '', next: form.elements.next.value, login: form.elements.login?.value ?? '' })
  const response = await fetch(form.dataset.options, { method: 'POST', body })
  if (!response.ok) throw new Error(`status ${response.status}`)
  const o = await response.json()
  o.challenge = bytes(o.challenge)
  for (const c of o.allowCredentials ?? []) c.id = bytes(c.id)
  return o
}

function answer(c) {
  return JSON.stringify({
    id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    clientExtensionResults: c.getClientExtensionResults(),
    response: {
      clientDataJSON: text(c.response.clientDataJSON), authenticatorData: text(c.response.authenticatorData),
      signature: text(c.response.signature), userHandle: text(c.response.userHandle),
    },
  })
}

function send(credential) {
  form.elements.passkey.value = answer(credential)
  // The page has one box, which belongs to the form for a code.
  if (form.elements.remember && document.querySelector('[type=checkbox][name=remember]:checked')) form.elements.remember.value = 'yes'
  form.submit()
}

// autofill offers passkeys in the autofill of the field for the username.
async function autofill() {
  if (form.dataset.step || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return
  const current = new AbortController()
  offer = current
  const timer = setTimeout(() => { current.abort(); autofill() }, lifetime)
  try {
    const credential = await navigator.credentials.get({ publicKey: await options(), mediation: 'conditional', signal: current.signal })
    if (credential) send(credential)
  } catch {
    // The person did not choose a passkey, and can still use the button.
  } finally {
    clearTimeout(timer)
  }
}

if (form && window.PublicKeyCredential) {
  form.hidden = false
  for (const notice of document.querySelectorAll('[data-passkey-unsupported]')) notice.hidden = true
  const failed = form.querySelector('[data-failed]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    failed.hidden = true
    offer?.abort()
    try {
      send(await navigator.credentials.get({ publicKey: await options() }))
    } catch {
      failed.hidden = false
      autofill()
    }
  })
  autofill()
}
