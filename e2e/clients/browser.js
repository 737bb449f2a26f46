// oidc-client-ts in a browser: a public client on an origin of its own.
const manager = new oidc.UserManager({
  authority: new URLSearchParams(location.search).get('issuer') ?? sessionStorage.issuer,
  client_id: new URLSearchParams(location.search).get('client') ?? sessionStorage.client,
  redirect_uri: location.origin + '/callback',
  post_logout_redirect_uri: location.origin + '/bye',
  scope: 'openid profile email offline_access',
  loadUserInfo: true,
  monitorSession: false,
  automaticSilentRenew: false,
})

function show(state, detail = '') {
  document.querySelector('#detail').textContent = detail
  document.querySelector('#state').textContent = state
}
const tried = (f) => f().catch((e) => show('failed', e.message + '\n' + e.stack))

function button(id, f) {
  document.querySelector('#' + id).addEventListener('click', () => tried(f))
}
button('login', () => manager.signinRedirect())
button('refresh', async () => {
  const before = await manager.getUser()
  const after = await manager.signinSilent()
  show(after.access_token !== before.access_token && after.profile.sub === before.profile.sub ? 'refreshed' : 'not refreshed')
})
button('logout', () => manager.signoutRedirect())
button('session', async () => {
  const { session_state: state } = await manager.getUser()
  const { metadata } = manager.settings
  const address = (await manager.metadataService.getCheckSessionIframe()) ?? metadata.check_session_iframe
  const frame = document.createElement('iframe')
  frame.src = address
  document.body.append(frame)
  await new Promise((resolve) => (frame.onload = resolve))
  addEventListener('message', ({ data, origin }) => origin === new URL(address).origin && show('session ' + data))
  frame.contentWindow.postMessage(manager.settings.client_id + ' ' + state, new URL(address).origin)
})

tried(async () => {
  const query = new URLSearchParams(location.search)
  if (query.has('issuer')) {
    sessionStorage.issuer = query.get('issuer')
    sessionStorage.client = query.get('client')
  }
  if (location.pathname === '/callback') {
    const user = await manager.signinRedirectCallback()
    show('logged in', user.profile.preferred_username)
  } else if (location.pathname === '/bye') {
    await manager.signoutRedirectCallback()
    show('logged out')
  } else {
    show('ready')
  }
})
