// next-auth 4 as its documentation configures a custom provider.
import assert from 'node:assert/strict'
import nextAuth from 'next-auth'
import { config, done, visit } from './person.mjs'
import { header, keep } from './jar.mjs'

process.env.NEXTAUTH_URL = config.origin
const NextAuth = nextAuth.default ?? nextAuth
const options = {
  secret: 'a secret of at least thirty-two characters',
  providers: [
    {
      id: 'latchkey',
      name: 'Latchkey',
      type: 'oauth',
      wellKnown: config.issuer + '/.well-known/openid-configuration',
      clientId: config.client_id,
      clientSecret: config.client_secret,
      authorization: { params: { scope: 'openid profile email' } },
      idToken: true,
      checks: ['pkce', 'state'],
      profile: (claims) => ({ id: claims.sub, name: claims.name, email: claims.email }),
    },
  ],
}

// send calls the API route of Next.js.
async function send(method, address, body) {
  const url = new URL(address, config.origin)
  const request = {
    method,
    url: url.pathname + url.search,
    headers: { host: url.host, cookie: header(), 'content-type': 'application/x-www-form-urlencoded' },
    cookies: Object.fromEntries(header().split('; ').filter(Boolean).map((c) => [c.slice(0, c.indexOf('=')), decodeURIComponent(c.slice(c.indexOf('=') + 1))])),
    query: { ...Object.fromEntries(url.searchParams), nextauth: url.pathname.split('/').slice(3) },
    body: body ?? {},
  }
  const result = { status: 200, headers: new Headers(), body: '' }
  const response = {
    status(code) { result.status = code; return this },
    setHeader(name, value) {
      result.headers.delete(name)
      for (const one of [value].flat()) result.headers.append(name, one)
      return this
    },
    getHeader: (name) => (name.toLowerCase() === 'set-cookie' ? result.headers.getSetCookie() : result.headers.get(name)),
    json(value) { result.body = value; return this },
    send(value) { result.body = value; return this },
    redirect(code, to) { result.status = code; result.headers.set('location', to); return this },
    end() { return this },
  }
  await NextAuth(request, response, options)
  return keep(result)
}

const { csrfToken } = (await send('GET', '/api/auth/csrf')).body
const start = await send('POST', '/api/auth/signin/latchkey', { csrfToken, callbackUrl: config.origin })
const back = await visit(start.headers.get('location'))
const finished = await send('GET', back.href)
assert.equal(finished.headers.get('location'), config.origin)
const session = (await send('GET', '/api/auth/session')).body
assert.equal(session.user.email, config.email)
assert.equal(session.user.name, config.name)
done()
