package clientfields

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Warning says that a setting makes an application less secure. `latchkey check`
// and the back office show the same ones.
type Warning struct {
	ID    string // the number of the finding in `latchkey check`
	Field string
	Short string // a few words next to the value
	// Text is a sentence without its subject, the application.
	Text string
}

// Warnings returns the warnings about an application.
func Warnings(c *oauth.Client, now time.Time) (all []Warning) {
	add := func(id, field, short, format string, args ...any) {
		all = append(all, Warning{id, field, short, fmt.Sprintf(format, args...)})
	}
	if c.SkipAuthorization {
		short, text := skipsConsent(c)
		add("LK021", "skip_authorization", short, "%s", text)
	}
	if slices.ContainsFunc(c.Secrets, func(s oauth.ClientSecret) bool { return s.Slow != "" }) {
		add("LK022", "secrets", "chosen by a person", "has a secret that was chosen by a person. Generate one: latchkey app rotate-secret %s", c.ID)
	}
	if types := slices.DeleteFunc(slices.Clone(c.ResponseTypes), func(t string) bool { return t == oauth.ResponseTypeCode }); len(types) > 0 {
		add("LK023", "response_types", "tokens pass through the browser", "can use the response types %s, which send tokens through the browser (RFC 9700 section 2.1.2).", strings.Join(types, ", "))
	}
	if c.AuthMethod == oauth.AuthSecretJWT {
		add("LK029", "token_endpoint_auth_method", "the secret is stored encrypted instead of hashed",
			"uses client_secret_jwt: its secret is stored encrypted instead of hashed. With private_key_jwt there is no secret.")
	}
	if c.IDTokenAlg == oauth.AlgHS256 || c.UserInfoAlg == oauth.AlgHS256 {
		add("LK024", "id_token_signed_response_alg", "anyone who has the secret can forge ID tokens",
			"uses HS256: its secret is stored encrypted instead of hashed, and anyone who has the secret can forge its ID tokens.")
	}
	if c.CodeWithoutPKCE {
		add("LK025", "code_without_pkce", "PKCE and nonce are not required", "gets codes without PKCE or nonce, so an attacker can inject a stolen code into another session (RFC 9700 section 2.1.1).")
	}
	for _, uri := range c.RedirectURIs {
		if scheme := oauth.SharedScheme(uri); scheme != "" {
			add("LK027", "redirect_uris", "other apps can claim the same scheme",
				"uses the redirect URI %s: other programs on a device can also claim the scheme %s, and receive the code. A scheme with a domain name, such as com.example.app:, is safer (RFC 8252 section 7.1).", uri, scheme)
		}
	}
	if c.RequestObjectAlg == oauth.AlgNone {
		add("LK026", "request_object_signing_alg", "requests are not signed", "sends unsigned request objects, which protect parameters no better than a plain request.")
	}
	legacyWarnings(c, now, add)
	return all
}

// skipsConsent describes the effect of an application's setting to skip the consent
// page. People are still asked where another program could receive the response
// (RFC 8252 §8.6).
func skipsConsent(c *oauth.Client) (short, text string) {
	types := c.ResponseTypes
	if len(types) == 0 {
		types = []string{oauth.ResponseTypeCode}
	}
	if _, implicit := c.Exception(oauth.LegacyImplicit); implicit {
		types = append(slices.Clone(types), oauth.ResponseTypeToken)
	}
	var asked []string
	skipped := len(c.RedirectURIs) == 0
	for _, uri := range c.RedirectURIs {
		for _, responseType := range types {
			if c.AssuredIdentity(uri, responseType) {
				skipped = true
			} else {
				asked = append(asked, "response_type="+responseType+" with "+uri)
			}
		}
	}
	because := "People are still asked for permission every time for " + strings.Join(asked, ", ") +
		": any program on a device could receive the response (RFC 8252 section 8.6). In this case, prompt=none always fails."
	switch {
	case len(asked) == 0:
		return "consent is not requested", "skips the consent page."
	case !skipped:
		return "has no effect: people are asked for permission every time", "is set to skip the consent page, which has no effect. " + because
	}
	return "consent is not requested, except where other programs could receive the response", "skips the consent page. " + because
}
