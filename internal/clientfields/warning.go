package clientfields

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Warning says that a setting makes an application less secure. `latchkey check`
// and the back office show the same ones.
type Warning struct {
	ID    string // the number of the finding in `latchkey check`
	Field string
	Short ui.Text // a few words next to the value
	// Text is a sentence without its subject, the application.
	Text string
}

// Warnings returns the warnings about an application.
func Warnings(c *oauth.Client, now time.Time) (all []Warning) {
	add := func(id, field string, short ui.Text, format string, args ...any) {
		all = append(all, Warning{id, field, short, fmt.Sprintf(format, args...)})
	}
	if c.SkipAuthorization {
		short, text := skipsConsent(c)
		add("LK021", "skip_authorization", short, "%s", text)
	}
	if slices.ContainsFunc(c.Secrets, func(s oauth.ClientSecret) bool { return s.Slow != "" }) {
		add("LK022", "secrets", ui.Text{"admin.client_warning.chosen"}, "has a secret that the server did not generate, so it may be possible to guess it. A random secret that a declared application refers to (secret_file or secret_env) can stay. If such a secret is not random, replace it there, for example with the output of openssl rand -hex 32, and apply the file again. For any other secret, generate a new one: latchkey app rotate-secret %s.", c.ID)
	}
	if types := slices.DeleteFunc(slices.Clone(c.ResponseTypes), func(t string) bool { return t == oauth.ResponseTypeCode }); len(types) > 0 {
		add("LK023", "response_types", ui.Text{"admin.client_warning.response_types"}, "can use the response types %s, which send tokens through the browser (RFC 9700 section 2.1.2).", strings.Join(types, ", "))
	}
	if c.AuthMethod == oauth.AuthSecretJWT {
		add("LK029", "token_endpoint_auth_method", ui.Text{"admin.client_warning.secret_jwt"},
			"uses client_secret_jwt: its secret is stored encrypted instead of hashed. With private_key_jwt there is no secret.")
	}
	if c.IDTokenAlg == oauth.AlgHS256 || c.UserInfoAlg == oauth.AlgHS256 {
		add("LK024", "id_token_signed_response_alg", ui.Text{"admin.client_warning.hs256"},
			"uses HS256: its secret is stored encrypted instead of hashed, and anyone who has the secret can forge its ID tokens.")
	}
	if c.CodeWithoutPKCE {
		add("LK025", "code_without_pkce", ui.Text{"admin.client_warning.pkce"}, "gets codes without PKCE or nonce, so an attacker can inject a stolen code into another session (RFC 9700 section 2.1.1).")
	}
	for _, uri := range c.RedirectURIs {
		if scheme := oauth.SharedScheme(uri); scheme != "" {
			add("LK027", "redirect_uris", ui.Text{"admin.client_warning.scheme"},
				"uses the redirect URI %s: other programs on a device can also claim the scheme %s, and receive the code. A scheme with a domain name, such as com.example.app:, is safer (RFC 8252 section 7.1).", uri, scheme)
		}
	}
	if c.RequestObjectAlg == oauth.AlgNone {
		add("LK026", "request_object_signing_alg", ui.Text{"admin.client_warning.unsigned"}, "sends unsigned request objects, which protect parameters no better than a plain request.")
	}
	legacyWarnings(c, now, add)
	return all
}

// skipsConsent describes the effect of an application's setting to skip the consent
// page. People are still asked where another program could receive the response
// (RFC 8252 §8.6).
func skipsConsent(c *oauth.Client) (short ui.Text, text string) {
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
		return ui.Text{"admin.client_warning.consent"}, "skips the consent page."
	case !skipped:
		return ui.Text{"admin.client_warning.consent_no_effect"}, "is set to skip the consent page, which has no effect. " + because
	}
	return ui.Text{"admin.client_warning.consent_some"}, "skips the consent page. " + because
}
