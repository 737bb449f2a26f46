// openid-client v6: log in, refresh, ask who it is, introspect, revoke, log out.
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { config, done, visit } from './person.mjs'

const op = await client.discovery(new URL(config.issuer), config.client_id, {
  client_secret: config.client_secret,
  id_token_signed_response_alg: config.alg,
})
client.enableNonRepudiationChecks(op) // check the signatures of ID tokens too

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const answer = await visit(
  client.buildAuthorizationUrl(op, {
    redirect_uri: config.redirect_uri,
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    max_age: '600',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }),
)
const tokens = await client.authorizationCodeGrant(op, answer, {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  maxAge: 600,
  idTokenExpected: true,
})
const claims = tokens.claims()
assert.equal(claims.iss, config.issuer)

const who = await client.fetchUserInfo(op, tokens.access_token, claims.sub)
assert.equal(who.preferred_username, config.username)
assert.equal(who.email, config.email)

const fresh = await client.refreshTokenGrant(op, tokens.refresh_token)
assert.notEqual(fresh.access_token, tokens.access_token)
assert.equal(fresh.claims().sub, claims.sub)
assert.equal(fresh.claims().auth_time, claims.auth_time)

assert.equal((await client.tokenIntrospection(op, fresh.access_token)).active, true)
await client.tokenRevocation(op, fresh.refresh_token)
assert.equal((await client.tokenIntrospection(op, fresh.access_token)).active, false)

const back = await visit(
  client.buildEndSessionUrl(op, {
    post_logout_redirect_uri: config.post_logout_redirect_uri,
    id_token_hint: fresh.id_token,
    state: 'after',
  }),
)
assert.equal(back.href, config.post_logout_redirect_uri + '?state=after')

// Nobody is logged in any more.
const silent = await visit(
  client.buildAuthorizationUrl(op, {
    redirect_uri: config.redirect_uri,
    scope: 'openid',
    prompt: 'none',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }),
)
await assert.rejects(
  client.authorizationCodeGrant(op, silent, { pkceCodeVerifier, expectedState, expectedNonce }),
  { error: 'login_required' },
)
done()
