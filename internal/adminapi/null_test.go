package adminapi_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// nulls are the effects of null in a change.
type nulls struct {
	schema, path, body string
	defaults           map[string]string // by member: the member of the response
	id                 string            // the member of the response that identifies it; empty means id
}

// TestNullIsTheDefaultOfAMember (RFC 7396 §2): a change with null is not the same as one
// without the member. The description of the API lists the members.
func TestNullIsTheDefaultOfAMember(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	schemas := s.document().Components.Schemas
	const required = "required"
	tests := []nulls{
		{
			"PersonChangeRequest", "people", `{"username": "ada", "name": "Ada", "email": "ada@example.com", "claims": {"groups": ["staff"], "email_verified": true}, "roles": ["auditor"]}`,
			map[string]string{"username": required, "name": "", "email": "", "email_verified": "false", "claims": "", "roles": "[]"},
			"",
		},
		{
			"GroupChangeRequest", "groups", `{"name": "staff", "description": "All", "roles": ["auditor"]}`,
			map[string]string{"name": required, "description": "", "roles": "[]"},
			"",
		},
		{
			"ScopeChangeRequest", "scopes", `{"name": "pay", "description": "Pay", "optional": true, "default": true, "claims": ["groups"], "weight": "read", "second_factor": true}`,
			map[string]string{"description": "", "optional": "false", "default": "false", "claims": "[]", "weight": `"identity"`, "second_factor": "false"},
			"name",
		},
		{
			"ResourceChangeRequest", "resources", `{"uri": "https://pay.example", "name": "Pay", "scopes": ["read"], "token_format": "jwt", "signing_alg": "RS256", "access_token_ttl": 60, "client_id": "api"}`,
			map[string]string{"name": "", "scopes": "[]", "token_format": "", "signing_alg": "", "access_token_ttl": "", "client_id": ""},
			"uri",
		},
		{
			"LoginProviderChangeRequest", "login-providers", `{"name": "acme", "settings": {"issuer": "https://acme.example", "client_id": "c"}, "client_secret": "hush"}`,
			map[string]string{"settings": required, "client_secret": ""}, // the stored secret is kept
			"name",
		},
	}
	for name := range schemas {
		if strings.HasSuffix(name, "ChangeRequest") && !slices.ContainsFunc(tests, func(test nulls) bool { return test.schema == name }) {
			t.Errorf("%s is not tested", name)
		}
	}
	for _, test := range tests {
		properties, _ := schemas[test.schema]["properties"].(map[string]any)
		members := slices.Sorted(maps.Keys(properties))
		if want := slices.Sorted(maps.Keys(test.defaults)); !slices.Equal(members, want) {
			t.Errorf("%s has the members %q, and the test %q", test.schema, members, want)
		}
		for _, member := range members {
			path := test.path + "/" + url.PathEscape(s.want(http.StatusCreated, token, "POST", test.path, test.body).text(cmp.Or(test.id, "id")))
			if test.defaults[member] == required {
				s.want(http.StatusUnprocessableEntity, token, "PATCH", path, `{"`+member+`": null}`, "If-Match: *")
			} else {
				var got map[string]json.RawMessage
				if err := json.Unmarshal(s.want(http.StatusOK, token, "PATCH", path, `{"`+member+`": null}`, "If-Match: *").body, &got); err != nil {
					t.Fatal(err)
				}
				if string(got[member]) != test.defaults[member] {
					t.Errorf("%s: with null, %s is %s", path, member, got[member])
				}
			}
			var headers []string
			if test.path == "scopes" || test.path == "resources" {
				headers = []string{"If-Match: *"}
			}
			s.want(http.StatusNoContent, token, "DELETE", path, "", headers...)
		}
	}
}
