package clientfields

import (
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// plain returns choices that need no explanation.
func plain(values []string) []Choice {
	choices := make([]Choice, len(values))
	for i, value := range values {
		choices[i].Value = value
	}
	return choices
}

// explained returns the choices of a field with the texts of a table. A test fails if a
// value has none.
func explained(field string, values []string, texts ...Choice) []Choice {
	choices := plain(values)
	for i := range choices {
		for _, text := range texts {
			if text.Value == choices[i].Value {
				choices[i] = text
				choices[i].Key = "admin.choice." + field + "." + keyPart(text.Value)
			}
		}
	}
	return choices
}

func grantTypes() []Choice {
	return explained(
		"grant_types", provider.GrantTypes(),
		Choice{Value: oauth.GrantAuthorizationCode, Text: "A person gives permission in the browser.", Short: "code"},
		Choice{Value: oauth.GrantRefreshToken, Text: "The permission lasts longer than one access token.", Short: "refresh"},
		Choice{Value: oauth.GrantClientCredentials, Text: "The application acts for itself, without a person.", Short: "client"},
		Choice{Value: oauth.GrantTokenExchange, Text: "The application exchanges a token for one with another audience or a narrower scope.", Short: "token_exchange"},
		Choice{Value: oauth.GrantJWTBearer, Text: "The application presents a JWT that a trusted issuer issued for a person.", Short: "jwt_bearer"},
		Choice{Value: oauth.GrantDeviceCode, Text: "A device without a browser gets permission from a person, who uses a browser on another device.", Short: "device_code"},
	)
}

func clientTypes() []Choice {
	return explained(
		"client_type", oauth.ClientTypes(),
		Choice{Value: string(oauth.Confidential), Text: "The application runs on a server and can keep a secret."},
		Choice{Value: string(oauth.Public), Text: "The application runs in a browser or on people's devices."},
	)
}

func authMethods() []Choice {
	return explained(
		"token_endpoint_auth_method", oauth.AuthMethods(),
		Choice{Value: oauth.AuthPrivateKeyJWT, Text: "The application signs a JWT with its private key. This server knows only the public key, so no secret can leak from it."},
		Choice{Value: oauth.AuthSecretJWT, Text: "The application sends an HMAC that it computes with the client secret. The secret is then stored encrypted instead of hashed."},
		Choice{Value: oauth.AuthSecretBasic, Text: "The application sends the client secret, usually in the Authorization header."},
		Choice{Value: oauth.AuthSecretPost, Text: "The application sends the client secret, usually in the body."},
		Choice{Value: oauth.AuthNone, Text: "A public application sends only its client ID."},
	)
}

func tokenFormats() []Choice {
	return explained(
		"access_token_format", oauth.TokenFormats(),
		Choice{Value: string(oauth.Opaque), Text: "The API asks this server about a token. A revocation takes effect at once."},
		Choice{Value: string(oauth.JWT), Text: "The API can check a token by itself. A revoked token stays valid there until it expires."},
	)
}

func subjectTypes() []Choice {
	return explained(
		"subject_type", oauth.SubjectTypes(),
		Choice{Value: string(oauth.SubjectPublic), Text: "All applications get the same subject for a person."},
		Choice{Value: string(oauth.SubjectPairwise), Text: "Unrelated applications get different subjects for a person."},
	)
}

// GrantTypes returns the grant types, which the back office shows by their names.
func GrantTypes() []Choice { return grantTypes() }

// GrantNames returns the names of grant types as people see them.
func GrantNames(values []string) (names []string) {
	f := Field{Choices: grantTypes()}
	for _, value := range values {
		names = append(names, f.shown(value))
	}
	return names
}

// WithNames returns a text in which the names of grant types replace their URNs.
func WithNames(text string) string {
	for _, c := range grantTypes() {
		text = strings.ReplaceAll(text, c.Value, c.Name())
	}
	return text
}
