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

// operatorMay are the changes that an operator can save, and operatorMayNot those that decide
// who gets tokens of whom.
var (
	operatorMay = map[string]string{
		"client_name": "Renamed", "translations": `{"client_name#de": "Laden"}`, "client_uri": "https://app.example/home", "logo_uri": "https://app.example/l.png",
		"tos_uri": "https://app.example/tos", "policy_uri": "https://app.example/privacy", "brand_color": "#0f5f57",
		"contacts": "a@app.example", "software_id": "shop", "software_version": "2",
		"access_token_ttl": "5 minutes", "refresh_token_idle_ttl": "1 day", "refresh_token_ttl": "2 days", "code_ttl": "30 seconds", "device_code_ttl": "5 minutes",
	}
	operatorMayNot = map[string]string{
		"operator": "Harbor Ltd", "owner_id": "bob", "co_owner_ids": "bob", "metadata": `{"plan": "gold"}`, "grant_types": "client_credentials", "redirect_uris": "https://evil.example/cb", "scope": "read", "default_scope": "read",
		"allowed_resources": "https://api.example", "recommended_scope": "read", "application_type": "web", "skip_authorization": "yes", "agent": "yes", "ask_every_time": "yes",
		"require_second_factor": "yes", "forward_auth_groups": "staff", "require_pkce": "yes", "code_without_pkce": "yes", "token_endpoint_auth_method": "client_secret_basic",
		"token_endpoint_auth_signing_alg": "ES256", "require_pushed_authorization_requests": "yes",
		"workload_identities": `[{"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:acme/shop:environment:production"}]`,
		"resource_server":     "yes", "service_user_id": "bob", "admin_role": "auditor", "multiple_resources": "yes", "allowed_origins": "https://evil.example", "exchange_clients": "other",
		"id_jag_audiences": "https://chat.example", "exchange_impersonation": "yes", "legacy_features": "implicit=" + time.Now().AddDate(0, 3, 0).Format(time.DateOnly),
		"access_token_format": "jwt", "response_types": "code id_token", "id_token_signed_response_alg": "ES256", "omit_profile_from_id_token": "yes", "omit_id_token_at_refresh": "yes",
		"userinfo_signed_response_alg": "ES256", "subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/", "initiate_login_uri": "https://evil.example/", "default_max_age": "60",
		"post_logout_redirect_uris": "https://evil.example/", "backchannel_logout_uri": "https://evil.example/", "frontchannel_logout_uri": "https://app.example/front",
		"jwks_uri": "https://evil.example/jwks", "jwks": keySet, "id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "A256GCM",
		"userinfo_encrypted_response_alg": "ECDH-ES", "userinfo_encrypted_response_enc": "A256GCM", "require_signed_request_object": "yes", "request_object_signing_alg": "none",
		"request_uris": "https://evil.example/r",
	}
	// alsoNeeds are fields without which a change is not valid.
	alsoNeeds = map[string]url.Values{
		"id_token_encrypted_response_alg": {"jwks": {keySet}}, "userinfo_encrypted_response_alg": {"jwks": {keySet}},
		"id_token_encrypted_response_enc": {"jwks": {keySet}, "id_token_encrypted_response_alg": {"ECDH-ES"}}, "userinfo_encrypted_response_enc": {"jwks": {keySet}, "userinfo_encrypted_response_alg": {"ECDH-ES"}},
		"require_signed_request_object": {"jwks": {keySet}}, "token_endpoint_auth_signing_alg": {"jwks": {keySet}, "token_endpoint_auth_method": {"private_key_jwt"}},
		"scope": {"scope_choice": {"some"}},
	}
)

// TestOperatorChangesOnlyTheLookOfAnApplication: of all fields, an operator can save only those
// of the first list. A new field belongs to one of the lists.
func TestOperatorChangesOnlyTheLookOfAnApplication(t *testing.T) {
	o := enter(t)
	o.AddUser("bob", false)
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	for _, group := range clientfields.Groups() {
		for _, field := range group.Fields {
			if group.Status || field.Fixed {
				continue
			}
			may, allowed := operatorMay[field.Name]
			value, denied := operatorMayNot[field.Name]
			if allowed == denied {
				t.Fatalf("%s is not in exactly one of the lists", field.Name)
			}
			c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
				slices.Reverse(c.GrantTypes) // the form has another order
				if field.Only == oauth.Public {
					c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode}
				}
			})
			before := o.client(c.ID)
			change := url.Values{field.Input(): {value + may}, "save": {"1"}, "confirmed": {"yes"}}
			for name, values := range alsoNeeds[field.Name] {
				change[name] = values
			}
			page, after := operator.edit(c.ID, change), o.client(c.ID)
			if saved := after.Version != before.Version; saved != allowed || saved == field.Equal(before, after) || denied && page.StatusCode != http.StatusForbidden {
				t.Errorf("an operator has changed %s: %v, want %v; %s", field.Name, saved, allowed, page.Status)
			}
		}
	}
}
