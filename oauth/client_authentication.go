package oauth

// The ways in which a client authenticates at the token endpoint and at other
// endpoints (OpenID Connect Core §9, RFC 7591 §2).
const (
	AuthNone          = "none"                // a public client sends only its client_id
	AuthSecretBasic   = "client_secret_basic" // the secret in the Authorization header
	AuthSecretPost    = "client_secret_post"  // the secret in the body
	AuthSecretJWT     = "client_secret_jwt"   // a JWT with an HMAC computed with the secret
	AuthPrivateKeyJWT = "private_key_jwt"     // a JWT signed with a private key of the client
)

// AuthMethods returns the ways in which a client can authenticate.
func AuthMethods() []string {
	return []string{AuthSecretBasic, AuthSecretPost, AuthSecretJWT, AuthPrivateKeyJWT, AuthNone}
}

// SendsSecret reports whether a confidential client authenticates by sending its
// secret. Whether it is in the header or in the body does not matter: many clients
// do not know what they have registered.
func (c *Client) SendsSecret() bool {
	return c.AuthMethod != AuthPrivateKeyJWT && c.AuthMethod != AuthSecretJWT
}

// MaySign reports whether a public client can authenticate with a private key too:
// its metadata document contains its keys, and lists other methods besides none.
func (c *Client) MaySign() bool {
	return c.Type == Public && !c.DocumentFetchedAt.IsZero() && (c.JWKSURI != "" || len(c.JWKS) > 0)
}

// NeedsSecret reports whether the client cannot work without a secret. A client
// that authenticates with its private key can, and so can one with workload
// identities for which no other method was chosen.
func (c *Client) NeedsSecret() bool {
	other := c.AuthMethod == AuthPrivateKeyJWT || c.AuthMethod == "" && len(c.WorkloadIdentities) > 0
	return c.Type == Confidential && (!other || c.NeedsReadableSecret())
}

// UsesSecret reports whether a secret of the client has an effect: it authenticates the
// client, or it is the key of HS256.
func (c *Client) UsesSecret() bool {
	return c.Type == Confidential && (c.AuthMethod != AuthPrivateKeyJWT || c.NeedsReadableSecret())
}

// NeedsReadableSecret reports whether the server needs the secret itself, because it
// signs or verifies something for the client with HS256.
func (c *Client) NeedsReadableSecret() bool {
	return c.IDTokenAlg == AlgHS256 || c.UserInfoAlg == AlgHS256 || c.AuthMethod == AuthSecretJWT
}
