package oauth

// Details holds everything that an authorization request asked for beyond a
// scope, and how the person had logged in. Later ID tokens and userinfo responses
// depend on it. It is the zero value for plain OAuth. A Store keeps it as JSON and does
// not read it, so that a new member needs no migration.
type Details struct {
	Claims *ClaimsRequest `json:"claims,omitempty"`
	// Locales are the claims_locales of the request, best first.
	Locales []string `json:"locales,omitempty"`
	// ACR and AMR say how the person had logged in.
	ACR string   `json:"acr,omitempty"`
	AMR []string `json:"amr,omitempty"`
}

// IsZero reports whether d is the zero value.
func (d Details) IsZero() bool {
	return d.Claims == nil && len(d.Locales) == 0 && d.ACR == "" && len(d.AMR) == 0
}

// UserInfoClaims returns the claims that a userinfo response may contain: those
// of the scopes and those requested individually (§5.4, §5.5).
func (d Details) UserInfoClaims(scope Scopes) []string {
	var names []string
	for name, of := range claimScopes {
		if scope.Contains(of) {
			names = append(names, name)
		} else if d.Claims != nil {
			if _, requested := d.Claims.UserInfo[name]; requested {
				names = append(names, name)
			}
		}
	}
	return names
}

// IDTokenClaims returns the claims about the person that an ID token contains:
// those requested individually (§5.5), and those of the given scopes.
func (d Details) IDTokenClaims(scope Scopes) []string {
	var names []string
	for name, of := range claimScopes {
		requested := false
		if d.Claims != nil {
			_, requested = d.Claims.IDToken[name]
		}
		if requested || scope.Contains(of) {
			names = append(names, name)
		}
	}
	return names
}
