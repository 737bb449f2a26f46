package admin_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const keySet = `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`

// operatorMay are the fields that an operator can change. All other fields decide which application
// gets tokens of which people, or how much the server trusts an application.
var operatorMay = []string{
	"client_name", "translations", "client_uri", "logo_uri", "tos_uri", "policy_uri", "brand_color", "contacts", "software_id", "software_version",
	"access_token_ttl", "refresh_token_idle_ttl", "refresh_token_ttl", "code_ttl", "device_code_ttl",
}

var (
	// changes has the values of fields that the kind of the field does not determine.
	changes = map[string]string{
		"translations": `{"client_name#de": "Laden"}`, "brand_color": "#0f5f57", "contacts": "a@app.example",
		"refresh_token_idle_ttl": "1 day", "refresh_token_ttl": "2 days",
		"metadata": `{"plan": "gold"}`, "grant_types": "client_credentials", "redirect_uris": "https://evil.example/cb",
		"allowed_resources": "https://api.example", "application_type": "web", "token_endpoint_auth_method": "client_secret_basic", "token_endpoint_auth_signing_alg": "ES256",
		"workload_identities": `[{"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:acme/shop:environment:production"}]`,
		"admin_role":          "auditor", "allowed_origins": "https://evil.example",
		"id_jag_audiences": "https://chat.example", "legacy_features": "implicit=" + time.Now().AddDate(0, 3, 0).Format(time.DateOnly),
		"access_token_format": "jwt", "response_types": "code id_token", "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "ES256", "subject_type": "pairwise",
		"post_logout_redirect_uris": "https://evil.example/", "request_uris": "https://evil.example/r",
		"jwks": keySet, "id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "A256GCM",
		"userinfo_encrypted_response_alg": "ECDH-ES", "userinfo_encrypted_response_enc": "A256GCM", "request_object_signing_alg": "none",
	}
	// alsoNeeds are fields without which a change is not valid.
	alsoNeeds = map[string]url.Values{
		"id_token_encrypted_response_alg": {"jwks": {keySet}}, "userinfo_encrypted_response_alg": {"jwks": {keySet}},
		"id_token_encrypted_response_enc": {"jwks": {keySet}, "id_token_encrypted_response_alg": {"ECDH-ES"}}, "userinfo_encrypted_response_enc": {"jwks": {keySet}, "userinfo_encrypted_response_alg": {"ECDH-ES"}},
		"require_signed_request_object": {"jwks": {keySet}}, "token_endpoint_auth_signing_alg": {"jwks": {keySet}, "token_endpoint_auth_method": {"private_key_jwt"}},
		"scope": {"scope_choice": {"some"}},
	}
)

// changeOf returns a value that the field of a new application does not have.
func changeOf(f clientfields.Field) string {
	if value := changes[f.Name]; value != "" {
		return value
	}
	switch f.Kind {
	case clientfields.Switch:
		return "yes"
	case clientfields.Lifetime:
		return "5 minutes"
	case clientfields.Seconds:
		return "60"
	case clientfields.URL:
		return "https://app.example/changed"
	case clientfields.Account, clientfields.Accounts:
		return "bob"
	case clientfields.Scopes:
		return "read"
	}
	return "changed"
}

// TestOperatorChangesOnlyTheLookOfAnApplication: of all fields, an operator can save only those
// of the list. A new field is not in the list, and needs the permission of administrators.
func TestOperatorChangesOnlyTheLookOfAnApplication(t *testing.T) {
	o := enter(t)
	o.AddUser("bob", false)
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	for _, group := range clientfields.Groups() {
		for _, field := range group.Fields {
			if group.Status || field.Fixed {
				continue
			}
			allowed := slices.Contains(operatorMay, field.Name)
			c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
				slices.Reverse(c.GrantTypes) // the form has another order
				if field.Only == oauth.Public {
					c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode}
				}
			})
			before := o.client(c.ID)
			change := url.Values{field.Input(): {changeOf(field)}, "save": {"1"}, "confirmed": {"yes"}}
			for name, values := range alsoNeeds[field.Name] {
				change[name] = values
			}
			page, after := operator.edit(c.ID, change), o.client(c.ID)
			if saved := after.Version != before.Version; saved != allowed || saved == field.Equal(before, after) || !allowed && page.StatusCode != http.StatusForbidden {
				t.Errorf("an operator has changed %s: %v, want %v; %s", field.Name, saved, allowed, page.Status)
			}
		}
	}
}
