package main

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// skipsConsent returns whom an application that skips the consent page asks
// nevertheless.
func skipsConsent(client *oauth.Client) string {
	types := client.ResponseTypes
	if len(types) == 0 {
		types = []string{oauth.ResponseTypeCode}
	}
	var asked []string
	for _, uri := range client.RedirectURIs {
		for _, responseType := range types {
			if !client.AssuredIdentity(uri, responseType) {
				asked = append(asked, "response_type="+responseType+" with "+uri)
			}
		}
	}
	if len(asked) == 0 {
		return "skips the consent page."
	}
	return "skips the consent page. People are asked every time nevertheless for " + strings.Join(asked, ", ") +
		": any program on a device could receive the response (RFC 8252 section 8.6). prompt=none always fails there."
}

// checkClient checks an application.
func (c *command) checkClient(client *oauth.Client, add addFinding) {
	addTo := func(id string, level livecheck.Level, format string, args ...any) {
		add(id, level, "Application %s (%s) "+format, append([]any{client.Name, client.ID}, args...)...)
	}
	for _, fault := range provider.ValidateClient(client, c.config.AllScopes()) {
		addTo("LK020", livecheck.Error, "is invalid: %s: %s", fault.Field, fault.Message)
	}
	if client.SkipAuthorization {
		addTo("LK021", livecheck.Warning, "%s", skipsConsent(client))
	}
	if slices.ContainsFunc(client.Secrets, func(s oauth.ClientSecret) bool { return s.Slow != "" }) {
		addTo("LK022", livecheck.Warning, "has a secret that was chosen by a person. Generate one: latchkey app rotate-secret %s", client.ID)
	}
	if types := slices.DeleteFunc(slices.Clone(client.ResponseTypes), func(t string) bool { return t == oauth.ResponseTypeCode }); len(types) > 0 {
		addTo("LK023", livecheck.Warning, "can use the response types %s, which send tokens through the browser (RFC 9700 section 2.1.2).", strings.Join(types, ", "))
	}
	if client.NeedsReadableSecret() {
		addTo("LK024", livecheck.Warning, "uses HS256: its secret is stored encrypted instead of hashed, and everybody who has the secret can forge its ID tokens.")
	}
	if client.CodeWithoutPKCE {
		addTo("LK025", livecheck.Warning, "gets codes without PKCE or nonce, so an attacker can inject a stolen code into another session (RFC 9700 section 2.1.1).")
	}
	for _, uri := range client.RedirectURIs {
		if scheme := oauth.SharedScheme(uri); scheme != "" {
			addTo("LK027", livecheck.Warning, "uses the redirect URI %s: other programs on a device can register themselves for %s: too, and receive the code. A scheme with a domain name, as com.example.app:, is safer (RFC 8252 section 7.1).", uri, scheme)
		}
	}
	if client.RequestObjectAlg == oauth.AlgNone {
		addTo("LK026", livecheck.Warning, "sends request objects without a signature, which protect no more than plain parameters.")
	}
}
