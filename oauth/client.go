package oauth

import (
	"slices"
	"time"
)

// ClientType is that of RFC 6749 §2.1.
type ClientType string

// The client types.
const (
	Confidential ClientType = "confidential"
	Public       ClientType = "public"
)

// TokenFormat says what an access token looks like.
type TokenFormat string

// The access token formats. The zero value counts as Opaque.
const (
	Opaque TokenFormat = "opaque" // looked up at the server; ends at once when revoked
	JWT    TokenFormat = "jwt"    // RFC 9068; an API can check it without asking
)

// Grant types (RFC 6749 §1.3, §1.5).
const (
	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
)

// Client is a registered client application (RFC 6749 §2). People read
// "application" for it.
type Client struct {
	// ID is the client_id.
	ID string
	// Name is what people read on the consent page.
	Name string
	// OwnerID is the account that looks after the client; may be empty.
	OwnerID     string
	LogoURL     string
	HomepageURL string
	Type        ClientType
	// Secrets are accepted side by side, so that one can be rotated with an
	// overlap. A public client has none.
	Secrets []ClientSecret

	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	// AllowedOrigins may call the token endpoint from a browser, besides the
	// origins of the redirect URIs.
	AllowedOrigins []string
	// GrantTypes are the grants that the client may use.
	GrantTypes []string
	// Scopes are those that the client may ask for; empty means all.
	Scopes Scopes
	// DefaultScopes are given when a request names none; empty means the
	// server's defaults as far as the client may have them.
	DefaultScopes Scopes
	// SkipAuthorization spares people the consent page. It does nothing for a
	// client whose identity nobody can assure (see AssuredIdentity).
	SkipAuthorization bool
	// RequirePKCE demands a code_challenge of a confidential client too.
	RequirePKCE bool
	// ResourceServer marks an API: it may introspect the tokens of others.
	ResourceServer bool

	ClientOpenID

	AccessTokenFormat TokenFormat
	// AccessTokenTTL, RefreshTokenIdleTTL and RefreshTokenTTL override the
	// server's; 0 means the server's.
	AccessTokenTTL      time.Duration
	RefreshTokenIdleTTL time.Duration
	RefreshTokenTTL     time.Duration

	// Disabled clients can do nothing, and their tokens stand still.
	Disabled bool
	// RevokedBefore ends all tokens issued at that moment or earlier.
	RevokedBefore time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
	// Version counts the changes; a Store refuses to save over a newer one.
	Version int64
}

// ClientSecret is one secret of a client, as kept.
type ClientSecret struct {
	ID string `json:"id"`
	// Hash is the SHA-256 of a generated secret's text, or nil.
	Hash []byte `json:"hash,omitempty"`
	// Slow is an argon2id PHC string, for a secret that a person chose.
	Slow string `json:"slow,omitempty"`
	// Sealed is the text, readable with the master key, for HS256 alone.
	Sealed    string    `json:"sealed,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt ends the overlap of a rotation; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Allows reports whether the client may use the grant type.
func (c *Client) Allows(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }

// AssuredIdentity reports whether the answer to an authorization request can
// only reach this client. A public client on a loopback address or a private
// scheme can be impersonated by any program on the device, so people are
// asked every time (RFC 8252 §8.6, RFC 9700 §4.1.2).
func (c *Client) AssuredIdentity(redirectURI string) bool {
	return c.Type == Confidential || httpsURI(redirectURI)
}

func (c *Client) MayHave(scope string) bool { return len(c.Scopes) == 0 || c.Scopes.Contains(scope) }

// StillAllowed are those of the scopes granted before that the client may have today.
func (c *Client) StillAllowed(granted Scopes) Scopes {
	if len(c.Scopes) == 0 || c.Scopes.Covers(granted) {
		return granted
	}
	return slices.DeleteFunc(slices.Clone(granted), func(name string) bool { return !c.MayHave(name) })
}
