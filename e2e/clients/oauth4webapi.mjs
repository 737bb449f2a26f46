// oauth4webapi: every answer of the provider is checked as its specification
// says; log in, refresh, ask who it is, log out.
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { config, done, visit } from './person.mjs'

const issuer = new URL(config.issuer)
for (const algorithm of ['oidc', 'oauth2']) {
  const response = await oauth.discoveryRequest(issuer, { algorithm })
  assert.equal((await oauth.processDiscoveryResponse(issuer, response)).issuer, config.issuer)
}
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
const client = { client_id: config.client_id, id_token_signed_response_alg: config.alg }
const authentication = oauth.ClientSecretPost(config.client_secret)

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const url = new URL(as.authorization_endpoint)
const parameters = {
  client_id: config.client_id,
  redirect_uri: config.redirect_uri,
  response_type: 'code',
  scope: 'openid profile email offline_access',
  prompt: 'consent',
  state,
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}
for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)

const answer = oauth.validateAuthResponse(as, client, await visit(url), state)
const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, config.redirect_uri, verifier)
const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
await oauth.validateApplicationLevelSignature(as, response) // that of the ID token
const { sub } = oauth.getValidatedIdTokenClaims(tokens)

const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token)
assert.equal((await oauth.processUserInfoResponse(as, client, sub, userinfo)).preferred_username, config.username)

const refreshed = await oauth.processRefreshTokenResponse(
  as,
  client,
  await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token),
)
assert.equal(oauth.getValidatedIdTokenClaims(refreshed).sub, sub)

const introspected = await oauth.processIntrospectionResponse(
  as,
  client,
  await oauth.introspectionRequest(as, client, authentication, refreshed.access_token),
)
assert.equal(introspected.active, true)

const machine = await oauth.processClientCredentialsResponse(
  as,
  client,
  await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'read' }),
)
assert.equal(machine.token_type, 'bearer')

await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token))
assert.equal((await oauth.userInfoRequest(as, client, refreshed.access_token).then((r) => r.status, (e) => e.status)), 401)

const end = new URL(as.end_session_endpoint)
end.searchParams.set('id_token_hint', tokens.id_token)
end.searchParams.set('post_logout_redirect_uri', config.post_logout_redirect_uri)
assert.equal((await visit(end)).href, config.post_logout_redirect_uri)
done()
