package upstream_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// TestGroupsOfKeycloak: the mapper of groups sends paths, and roles are in a nested claim.
// Other providers have claims whose names contain dots.
func TestGroupsOfKeycloak(t *testing.T) {
	for name, test := range map[string]struct {
		claim string
		value any
		group string
		want  error
	}{
		"groups, as paths":         {"", []string{"/crew", "/employees/harbour"}, "/employees/harbour", nil},
		"another group":            {"", []string{"/crew"}, "/employees", upstream.ErrNotAllowed},
		"realm roles":              {"realm_access.roles", nil, "editor", nil},
		"realm roles, another one": {"realm_access.roles", nil, "owner", upstream.ErrNotAllowed},
		"roles of a client":        {"resource_access.latchkey.roles", nil, "reader", nil},
		"a path that ends early":   {"realm_access.roles.editor", nil, "editor", upstream.ErrNotAllowed},
		"a name with dots":         {"https://acme.example/roles", nil, "pilot", nil},
		"no groups":                {"", nil, "/crew", upstream.ErrNotAllowed},
	} {
		f := newFake(t)
		f.userInfo = map[string]any{"sub": "248289761001"}
		f.claims = func(c map[string]any) {
			c["groups"] = test.value
			c["realm_access"] = map[string]any{"roles": []string{"editor", "offline_access"}}
			c["resource_access"] = map[string]any{"latchkey": map[string]any{"roles": []string{"reader"}}}
			c["https://acme.example/roles"] = "pilot"
		}
		i, err := f.login(f.provider(func(s *upstream.Settings) {
			s.Groups = []string{test.group}
			if test.claim != "" {
				s.Claims = map[string]string{"groups": test.claim}
			}
		}))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}

// TestShapeOfGitLab: the discovery document has no end_session_endpoint and no
// authorization_response_iss_parameter_supported. As its documentation says, the ID token has
// the address and groups_direct, and no amr or acr. The other groups are only in userinfo, and the
// names are in the ID token of newer releases.
func TestShapeOfGitLab(t *testing.T) {
	f := newFake(t)
	f.metadata = func(m map[string]any) {
		m["revocation_endpoint"], m["introspection_endpoint"] = f.URL+"/oauth/revoke", f.URL+"/oauth/introspect"
		m["scopes_supported"] = []string{"api", "read_api", "read_user", "openid", "profile", "email"}
		m["response_types_supported"], m["response_modes_supported"] = []string{"code"}, []string{"query", "fragment", "form_post"}
		m["grant_types_supported"] = []string{"authorization_code", "password", "client_credentials", "device_code", "refresh_token"}
		m["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "client_secret_post"}
		m["subject_types_supported"], m["claim_types_supported"] = []string{"public"}, []string{"normal"}
		m["claims_supported"] = []string{"iss", "sub", "aud", "exp", "iat", "sub_legacy", "name", "nickname", "preferred_username", "email", "email_verified", "website", "profile", "picture", "groups", "groups_direct", "https://gitlab.org/claims/groups/owner"}
		m["code_challenge_methods_supported"] = []string{"plain", "S256"}
	}
	newer := false
	f.claims = func(c map[string]any) {
		if delete(c, "groups"); !newer {
			delete(c, "preferred_username")
			delete(c, "name")
		}
		c["sub_legacy"], c["auth_time"], c["groups_direct"] = "c0ffee", f.now.Unix()-30, []string{"harbour/crew"}
	}
	f.userInfo = map[string]any{
		"sub": "248289761001", "name": "Ada Lovelace", "nickname": "ada", "preferred_username": "ada", "email": "ada@acme.example", "email_verified": true,
		"website": "", "profile": f.URL + "/ada", "picture": "https://secure.gravatar.com/avatar/0", "groups": []string{"harbour", "harbour/crew"},
		"groups_direct": []string{"harbour/crew"}, "https://gitlab.org/claims/groups/owner": []string{"harbour"},
	}
	for i, claim := range []string{"", "groups_direct", "https://gitlab.org/claims/groups/owner", "", "groups_direct", "https://gitlab.org/claims/groups/owner"} {
		group := map[string]string{"": "harbour", "groups_direct": "harbour/crew", "https://gitlab.org/claims/groups/owner": "harbour"}[claim]
		newer = i >= 3
		p := f.provider(func(s *upstream.Settings) {
			s.Groups = []string{group}
			if claim != "" {
				s.Claims = map[string]string{"groups": claim}
			}
		})
		i, err := f.login(p)
		if err != nil || i.Username != "ada" || i.Email != "ada@acme.example" || !i.EmailVerified || i.Undated || len(i.AMR) != 0 {
			t.Errorf("%s: %s, %v", claim, fmt.Sprint(i), err)
		}
		if p.EndSessionURL(ctx, "https://id.example/back", "s") != "" {
			t.Error("GitLab has no end_session_endpoint")
		}
	}
}
