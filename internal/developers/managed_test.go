package developers_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// trusting are values of fields with which the server trusts an application more than others, so
// that only administrators manage it.
var trusting = map[string]string{
	"skip_authorization": "yes", "resource_server": "yes", "service_user_id": "bob", "admin_role": "auditor", "multiple_resources": "yes", "forward_auth_groups": "staff",
	"workload_identities": `[{"issuer": "https://ci.example", "subject": "main"}]`, "exchange_clients": "other", "exchange_impersonation": "yes",
	"id_jag_audiences": "https://chat.example", "legacy_features": "implicit=2030-01-01",
}

// harmless are fields that only administrators set, and that give the owners of the application
// no power over the tokens of others. A new field belongs to one of the lists.
var harmless = map[string]string{
	"client_id":   "it is fixed",
	"client_type": "it is fixed", "operator": "a text", "metadata": "only the functions of the host program read it", "grant_types": "see TestGrantTypesOfOwners",
	"scope": "what the application asks people for; for latchkey: scopes see TestOwnersCannotTakeOverTheServer", "default_scope": "within scope", "recommended_scope": "within scope",
	"allowed_resources": "a bound", "application_type": "a bound of redirect URIs", "agent": "asks people for more", "require_second_factor": "asks people for more",
	"code_without_pkce": "weakens only the application itself", "token_endpoint_auth_signing_alg": "a bound", "require_pushed_authorization_requests": "a bound",
	"allowed_origins": "for requests with the credentials of the application", "access_token_format": "a format", "response_types": "tokens of its own people; implicit needs legacy_features",
	"id_token_signed_response_alg": "a format", "omit_profile_from_id_token": "a format", "omit_id_token_at_refresh": "a format", "userinfo_signed_response_alg": "a format",
	"subject_type": "a format", "sector_identifier_uri": "its document must list the redirect URIs", "default_max_age": "asks people for more",
	"id_token_encrypted_response_alg": "a format", "id_token_encrypted_response_enc": "a format", "userinfo_encrypted_response_alg": "a format", "userinfo_encrypted_response_enc": "a format",
	"require_signed_request_object": "a bound", "request_object_signing_alg": "a format", "request_uris": "the application's own requests",
	"disabled": "an owner cannot enable it", "revoked_before": "kept by the server", "expires_at": "kept by the server", "unconfirmed": "kept by the server", "version": "kept by the server",
	"created_at": "kept by the server", "updated_at": "kept by the server", "review": "kept by the server", "review_reason": "kept by the server", "registered_by_person": "kept by the server", "unverified_at": "kept by the server", "offers": "kept by the server",
	"document_fetched_at": "see describesItself", "software_statement_issuer": "kept by the server", "credential_generation": "kept by the server", "administrator_set": "kept by the server", "registration_token_revoked_at": "kept by the server", "client_secrets": "kept by the server",
}

// TestEveryFieldOfTrustIsThatOfAdministrators: each field that only administrators set is harmless,
// or an application with this field can be managed only by administrators.
func TestEveryFieldOfTrustIsThatOfAdministrators(t *testing.T) {
	for _, field := range clientfields.All() {
		value, trusted := trusting[field.Name]
		reason, known := harmless[field.Name]
		p := clientfields.Permission(field.Name)
		if p != account.ApplicationsTrust && !trusted {
			continue
		}
		if trusted == known || known && reason == "" {
			t.Errorf("%s is not in exactly one of the lists", field.Name)
			continue
		}
		c := &oauth.Client{ID: "app", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}}
		if developers.Managed(c) {
			t.Fatal("a plain application is one of administrators")
		}
		if !trusted {
			continue
		}
		if err := field.Set(c, []string{value}); err != nil {
			t.Fatalf("%s: %v", field.Name, err)
		}
		if !developers.Managed(c) || developers.Editable(c, "redirect_uris") {
			t.Errorf("an owner manages an application with %s", field.Name)
		}
	}
}

// TestGrantTypesOfOwners: only administrators can manage an application with a grant type that
// issues tokens without asking the person. The grant types of a host program are among them.
func TestGrantTypesOfOwners(t *testing.T) {
	own := map[string]bool{oauth.GrantAuthorizationCode: true, oauth.GrantRefreshToken: true, oauth.GrantClientCredentials: true, oauth.GrantDeviceCode: true}
	for _, grant := range append(provider.GrantTypes(), "urn:example:voucher", "password") {
		c := &oauth.Client{ID: "app", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode, grant}}
		if developers.Managed(c) == own[grant] {
			t.Errorf("%s: managed by administrators is %v", grant, !own[grant])
		}
	}
}
