// Reports to an application whether the login state of this browser has changed
// since the application received it (OpenID Connect Session Management 1.0 §3.2).
const cookieName = document.body.dataset.cookie + '='

function browserState() {
  const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(cookieName))
  return found ? found.slice(cookieName.length) : ''
}

async function hash(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

async function check(message, origin) {
  const [clientID, state, more] = String(message).split(' ')
  const [, salt] = (state ?? '').split('.')
  if (!clientID || !salt || more !== undefined) return 'error'
  const now = await hash([clientID, origin, browserState(), salt].join(' '))
  return now + '.' + salt === state ? 'unchanged' : 'changed'
}

// Answer only the page that contains the frame, and no other window that has a
// reference to it. A page that is not in a frame is its own parent.
addEventListener('message', async ({ data, origin, source }) => {
  if (source === null || source === window || source !== parent) return
  source.postMessage(await check(data, origin).catch(() => 'error'), origin)
})
