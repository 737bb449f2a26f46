// openid-client v6 with keys of its own: it signs its requests (RFC 9101), and
// gets its ID tokens and userinfo answers encrypted.
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { config, done, visit } from './person.mjs'

const load = (jwk, algorithm, usage) => crypto.subtle.importKey('jwk', jwk, algorithm, false, usage)
const signing = { key: await load(config.signing, { name: 'ECDSA', namedCurve: 'P-256' }, ['sign']), kid: config.signing.kid }
const decrypting = { key: await load(config.decrypting, { name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits']), kid: config.decrypting.kid }

const op = await client.discovery(new URL(config.issuer), config.client_id, {
  client_secret: config.client_secret,
  id_token_signed_response_alg: 'ES256',
  userinfo_signed_response_alg: 'ES256',
})
client.enableNonRepudiationChecks(op)
client.enableDecryptingResponses(op, ['A256GCM'], decrypting)

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const parameters = {
  redirect_uri: config.redirect_uri,
  scope: 'openid profile email',
  state: expectedState,
  nonce: expectedNonce,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
}

// Requests that are not signed are refused.
const refused = await visit(client.buildAuthorizationUrl(op, parameters))
assert.equal(refused.searchParams.get('error'), 'invalid_request')

const answer = await visit(await client.buildAuthorizationUrlWithJAR(op, parameters, signing))
const tokens = await client.authorizationCodeGrant(op, answer, {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  idTokenExpected: true,
})
assert.equal(tokens.id_token.split('.').length, 5)
const who = await client.fetchUserInfo(op, tokens.access_token, tokens.claims().sub)
assert.equal(who.preferred_username, config.username)
assert.equal(who.email, config.email)
done()
