// openid-client v6 authenticates with its private key (private_key_jwt), or with
// an HMAC made with its secret (client_secret_jwt), at all endpoints.
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { config, done } from './person.mjs'

const authentication = config.private
  ? client.PrivateKeyJwt({
      key: await crypto.subtle.importKey('jwk', config.private, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']),
      kid: config.private.kid,
    })
  : client.ClientSecretJwt(config.client_secret)
const op = await client.discovery(new URL(config.issuer), config.client_id, undefined, authentication)

const tokens = await client.clientCredentialsGrant(op, { scope: 'read' })
assert.equal(tokens.scope, 'read')
const again = await client.clientCredentialsGrant(op, { scope: 'read' })
assert.notEqual(again.access_token, tokens.access_token)

assert.equal((await client.tokenIntrospection(op, tokens.access_token)).active, true)
await client.tokenRevocation(op, tokens.access_token)
assert.equal((await client.tokenIntrospection(op, tokens.access_token)).active, false)

// A secret is refused.
const other = await client.discovery(new URL(config.issuer), config.client_id, config.client_secret ?? 'a-secret')
await assert.rejects(client.clientCredentialsGrant(other), (error) => error.status === 401)
done()
