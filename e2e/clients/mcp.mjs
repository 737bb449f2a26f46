// The official TypeScript SDK of MCP calls tools of a protected MCP server. Without a
// client_id, it uses the URL of its metadata document, or registers itself at the
// provider.
import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { config, done, visit } from './person.mjs'

const requested = []
let tokens, verifier, code
let registered = config.client_id && { client_id: config.client_id }
const authProvider = {
  redirectUrl: config.redirect_uri,
  clientMetadataUrl: config.client_metadata_url,
  clientMetadata: { client_name: 'MCP client', redirect_uris: [config.redirect_uri] },
  clientInformation: () => registered,
  saveClientInformation: (value) => {
    assert(!registered, 'the client registered itself again')
    if (config.client_metadata_url) assert.equal(value.client_id, config.client_metadata_url)
    registered = value
  },
  tokens: () => tokens,
  saveTokens: (value) => (tokens = value),
  codeVerifier: () => verifier,
  saveCodeVerifier: (value) => (verifier = value),
  redirectToAuthorization: async (url) => {
    assert.equal(url.searchParams.get('client_id'), registered.client_id)
    requested.push([url.searchParams.get('scope').split(' ').sort().join(' '), url.searchParams.get('resource')])
    code = (await visit(url)).searchParams.get('code')
  },
}

let transport
const connect = async () => {
  transport = new StreamableHTTPClientTransport(new URL(config.server), { authProvider })
  const client = new Client({ name: 'client', version: '1' })
  await client.connect(transport)
  return client
}
// authorized runs a task again after the person has given the permission it needs.
const authorized = async (task) => {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await transport.finishAuth(code)
    return await task()
  }
}

const client = await authorized(connect)
const call = async (name, args) => (await authorized(() => client.callTool({ name, arguments: args }))).content[0].text
const before = await call('show_notes', {})
const after = before ? before + '\none more' : 'one more'
assert.equal(await call('add_note', { text: 'one more' }), after)
assert.equal(await call('show_notes', {}), after)
assert.deepEqual(requested, [
  ['notes:read', config.server],
  ['notes:read notes:write', config.server],
])
done()
