// openid-client v6 authenticates with its private key, pushes its authorization
// request (RFC 9126), exchanges the token (RFC 8693), and acts as a device (RFC 8628).
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { config, connect, done, visit } from './person.mjs'

const key = await crypto.subtle.importKey('jwk', config.private, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const op = await client.discovery(
  new URL(config.issuer),
  config.client_id,
  { id_token_signed_response_alg: 'ES256' },
  client.PrivateKeyJwt({ key, kid: config.private.kid }),
)

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const link = await client.buildAuthorizationUrlWithPAR(op, {
  redirect_uri: config.redirect_uri,
  scope: 'openid read write',
  state: expectedState,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
})
assert.deepEqual([...link.searchParams.keys()].sort(), ['client_id', 'request_uri'])
const tokens = await client.authorizationCodeGrant(op, await visit(link), { pkceCodeVerifier, expectedState, idTokenExpected: true })
assert.equal(tokens.scope, 'openid read write')

const exchanged = await client.genericGrantRequest(op, 'urn:ietf:params:oauth:grant-type:token-exchange', {
  subject_token: tokens.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope: 'read',
})
assert.equal(exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token')
const found = await client.tokenIntrospection(op, exchanged.access_token)
assert.equal(found.scope, 'read')
assert.equal(found.sub, tokens.claims().sub)
assert.deepEqual(found.act, { sub: config.client_id })

const device = await client.initiateDeviceAuthorization(op, { scope: 'openid read' })
connect(device.verification_uri_complete)
const connected = await client.pollDeviceAuthorizationGrant(op, device)
assert.equal(connected.claims().sub, tokens.claims().sub)
done()
