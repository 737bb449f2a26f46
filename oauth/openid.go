package oauth

// OpenID is what an authorization request asked for beyond OAuth, and how its
// person logged in: what later ID tokens and userinfo answers depend on. It is
// zero for plain OAuth.
type OpenID struct {
	Claims  *ClaimsRequest `json:"claims,omitempty"`
	Locales []string       `json:"locales,omitempty"`
	ACR     string         `json:"acr,omitempty"`
	AMR     []string       `json:"amr,omitempty"`
}

// IsZero reports whether there is nothing in it.
func (o OpenID) IsZero() bool {
	return o.Claims == nil && len(o.Locales) == 0 && o.ACR == "" && len(o.AMR) == 0
}
