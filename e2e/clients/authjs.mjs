// Auth.js as its documentation configures an OpenID Connect provider: only the
// issuer and the credentials.
import assert from 'node:assert/strict'
import { Auth } from '@auth/core'
import { config, done, visit } from './person.mjs'
import { header, keep } from './jar.mjs'

const options = {
  secret: 'a secret of at least thirty-two characters',
  trustHost: true,
  basePath: '/auth',
  providers: [
    {
      id: 'latchkey',
      name: 'Latchkey',
      type: 'oidc',
      issuer: config.issuer,
      clientId: config.client_id,
      clientSecret: config.client_secret,
    },
  ],
}

const send = async (path, init = {}) =>
  keep(
    await Auth(
      new Request(new URL(path, config.origin), { ...init, headers: { ...init.headers, cookie: header() } }),
      options,
    ),
  )

const { csrfToken } = await (await send('/auth/csrf')).json()
const start = await send('/auth/signin/latchkey', {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ csrfToken, callbackUrl: config.origin }).toString(),
})
const back = await visit(start.headers.get('location'))
const finished = await send(back.href)
assert.equal(finished.headers.get('location'), config.origin)
const session = await (await send('/auth/session')).json()
assert.equal(session.user.email, config.email)
assert.equal(session.user.name, config.name)
done()
