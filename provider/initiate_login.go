package provider

import "github.com/seed-e6a88a41/latchkey/oauth"

// InitiateLogin returns the URL that starts a login to a client that the person has
// allowed to act for them (OpenID Connect Core §4), or "" if the client has none. The
// client learns the username only if the person has allowed it to know their profile.
func (s *Provider) InitiateLogin(client *oauth.Client, username string, allowed oauth.Scopes) string {
	if client.InitiateLoginURI == "" || client.Disabled {
		return ""
	}
	pairs := []string{"iss", s.Issuer}
	if allowed.Contains(oauth.ScopeProfile) && username != "" {
		pairs = append(pairs, "login_hint", username)
	}
	// The client must not redirect to other sites, so its homepage must be at the same
	// one.
	if home := client.HomepageURL; home != "" && oauth.Origin(home) == oauth.Origin(client.InitiateLoginURI) {
		pairs = append(pairs, "target_link_uri", home)
	}
	return withQuery(client.InitiateLoginURI, pairs...)
}
