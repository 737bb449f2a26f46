// express-openid-connect with the code flow, and logout at the provider.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import express from 'express'
import openid from 'express-openid-connect'
import { config, done, visit } from './person.mjs'
import { header, keep } from './jar.mjs'

const app = express()
app.use(
  openid.auth({
    baseURL: config.origin,
    issuerBaseURL: config.issuer,
    clientID: config.client_id,
    clientSecret: config.client_secret,
    secret: 'a secret of at least thirty-two characters',
    authorizationParams: { response_type: 'code', scope: 'openid profile email' },
    idpLogout: true,
  }),
)
app.get('/', (req, res) => res.json(req.oidc.user))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

const send = async (address) => {
  const { pathname, search } = new URL(address, config.origin)
  const to = `http://127.0.0.1:${server.address().port}${pathname}${search}`
  return keep(await fetch(to, { redirect: 'manual', headers: { cookie: header() } }))
}

const start = await send('/login')
const back = await visit(start.headers.get('location'))
const finished = await send(back.href)
assert.equal(finished.status, 302, await finished.text())
const user = await (await send('/')).json()
assert.equal(user.email, config.email)
assert.equal(user.name, config.name)
assert.equal(user.preferred_username, config.username)

const bye = await send('/logout')
const after = await visit(bye.headers.get('location'))
assert.equal(after.href, config.origin + '/')
done()
