package provider

import "github.com/seed-e6a88a41/latchkey/oauth"

// TokenResponse is a successful response of the token endpoint (RFC 6749 §5.1).
type TokenResponse struct {
	AccessToken  string `json:"access_token"`            // a secret
	ExpiresIn    int64  `json:"expires_in"`              // seconds
	TokenType    string `json:"token_type"`              // "Bearer" (RFC 6750)
	Scope        string `json:"scope"`                   // the scopes of the access token, separated by spaces
	RefreshToken string `json:"refresh_token,omitempty"` // a secret; empty if the client gets none
	// IssuedTokenType is that of RFC 8693 §2.2.1.
	IssuedTokenType string `json:"issued_token_type,omitempty"`
	// IDToken is that of OpenID Connect Core §3.1.3.3.
	IDToken string `json:"id_token,omitempty"`
	// CodeID is the ID of the code or of the device code that was exchanged. It is zero for other
	// grants, and not sent. ClientID is the client.
	CodeID   oauth.ID `json:"-"`
	ClientID string   `json:"-"` // not sent
}

// MarshalJSON returns the response with the members in the order of the fields.
func (t TokenResponse) MarshalJSON() ([]byte, error) {
	return newObject(256).text("access_token", t.AccessToken).number("expires_in", t.ExpiresIn).text("token_type", t.TokenType).text("scope", t.Scope).
		textIfAny("refresh_token", t.RefreshToken).textIfAny("issued_token_type", t.IssuedTokenType).textIfAny("id_token", t.IDToken).end(), nil
}
