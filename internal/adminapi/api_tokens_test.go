package adminapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestTokensOfAllPeopleAreListedAtTheAPI: newest first, on pages and with filters, and never with
// their texts.
func TestTokensOfAllPeopleAreListedAtTheAPI(t *testing.T) {
	s := start(t)
	var owners []string
	for i := range 3 {
		u := s.AddUser(fmt.Sprint("root", i), true)
		owners = append(owners, u.ID)
		for _, name := range []string{"Job", "Script"} {
			s.Advance(time.Second)
			if _, err := s.Accounts.AddPersonalToken(t.Context(), u.ID, oauth.NewToken(oauth.KindPersonal, s.Now()).String(), name, []string{"latchkey:" + strings.ToLower(name)}, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	const all = "root2 Script, root2 Job, root1 Script, root1 Job, root0 Script, root0 Job"
	auditor := s.as(account.RoleAuditor)
	for query, want := range map[string]string{
		"": all, "limit=1": all, "limit=4": all, "q=script": "root2 Script, root1 Script, root0 Script", "q=OOT1": "root1 Script, root1 Job",
		"person=" + owners[0] + "&limit=1": "root0 Script, root0 Job", "scope=latchkey:job": "root2 Job, root1 Job, root0 Job", "q=none": "",
	} {
		var got []string
		for cursor, more := "", true; more; more = cursor != "" {
			a := s.want(http.StatusOK, auditor, "GET", "api-tokens?"+query+"&cursor="+cursor, "")
			rows, _ := a.json["data"].([]any)
			for _, row := range rows {
				shown, _ := row.(map[string]any)
				got = append(got, fmt.Sprint(shown["username"], " ", shown["name"]))
			}
			cursor = a.text("next") // random, so it can have these letters
			if body := strings.ReplaceAll(string(a.body), cursor, ""); strings.Contains(body, "lk_") {
				t.Errorf("the text of a token: %s", body)
			}
		}
		if list := strings.Join(got, ", "); list != want {
			t.Errorf("%s: got %s, want %s", query, list, want)
		}
	}
	s.Advance(2 * time.Hour)
	if a := s.want(http.StatusOK, s.as(account.RoleAuditor), "GET", "api-tokens", ""); strings.Contains(string(a.body), "Job") {
		t.Errorf("an expired token is listed: %s", a.body)
	}
}

// TestATokenAddsOnlyTokensWithinItsOwnLimits: its scopes and its lifetime. The new token is
// revoked with the token that added it. Only people add tokens, only for themselves, and only with a
// token of theirs.
func TestATokenAddsOnlyTokensWithinItsOwnLimits(t *testing.T) {
	const write, read, people = oauth.AdminScopePrefix + "tokens:write", oauth.AdminScopePrefix + "tokens:read", oauth.AdminScopePrefix + "people:read"
	s := start(t)
	root, other := s.AddUser("root", true), s.AddUser("other", true)
	own := "people/" + root.ID + "/api-tokens"
	full, _ := s.ownToken(root.ID, 2*time.Hour, oauth.ScopeAdmin)
	limited, limitedID := s.ownToken(root.ID, time.Hour, write, read)
	person, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		token, path, body string
		status            int
		field             string
	}{
		"all scopes":                    {full, own, `{"name": "a", "scopes": ["latchkey:admin"]}`, http.StatusCreated, ""},
		"a scope of all":                {full, own, `{"name": "a", "scopes": ["` + people + `"]}`, http.StatusCreated, ""},
		"a shorter lifetime":            {full, own, `{"name": "a", "scopes": ["` + people + `"], "ttl": 3600}`, http.StatusCreated, ""},
		"a second longer":               {full, own, `{"name": "a", "scopes": ["` + people + `"], "ttl": 7201}`, 422, "ttl"},
		"a year":                        {limited, own, `{"name": "a", "scopes": ["` + read + `"], "ttl": 31536000}`, 422, "ttl"},
		"a lifetime that overflows":     {full, own, `{"name": "a", "scopes": ["` + read + `"], "ttl": 9223372036854775807}`, 422, "ttl"},
		"a lifetime below zero":         {full, own, `{"name": "a", "scopes": ["` + read + `"], "ttl": -1}`, 422, "ttl"},
		"a scope of the token":          {limited, own, `{"name": "a", "scopes": ["` + read + `"]}`, http.StatusCreated, ""},
		"another scope":                 {limited, own, `{"name": "a", "scopes": ["` + read + `", "` + people + `"]}`, 422, "scopes"},
		"the scope for everything":      {limited, own, `{"name": "a", "scopes": ["latchkey:admin"]}`, 422, "scopes"},
		"a scope of another API":        {full, own, `{"name": "a", "scopes": ["read"]}`, 422, "scopes"},
		"a repeated scope":              {full, own, `{"name": "a", "scopes": ["` + read + `", "` + read + `"]}`, 422, "scopes"},
		"no scope":                      {full, own, `{"name": "a", "scopes": []}`, 422, "scopes"},
		"no name":                       {full, own, `{"name": " ", "scopes": ["` + read + `"]}`, 422, "name"},
		"for another administrator":     {full, "people/" + other.ID + "/api-tokens", `{"name": "a", "scopes": ["` + read + `"]}`, http.StatusForbidden, ""},
		"by an application":             {s.as(account.RoleAdministrator), own, `{"name": "a", "scopes": ["` + read + `"]}`, http.StatusForbidden, ""},
		"by an application of a person": {person, own, `{"name": "a", "scopes": ["` + read + `"]}`, http.StatusForbidden, ""},
	} {
		a := s.want(test.status, test.token, "POST", test.path, test.body)
		if got := strings.Join(a.fields(), ","); got != test.field {
			t.Errorf("%s: got %s, want the field %q", name, a.body, test.field)
		}
		if token := a.text("token"); (token != "") != (test.status == http.StatusCreated) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	child := s.want(http.StatusCreated, limited, "POST", own, `{"name": "Child", "scopes": ["`+write+`"], "ttl": 60}`)
	grandchild := s.want(http.StatusCreated, child.text("token"), "POST", own, `{"name": "Grandchild", "scopes": ["`+write+`"]}`)
	if expires := grandchild.text("expires_at"); expires != child.text("expires_at") {
		t.Errorf("expires at %s, and the token that added it at %s", expires, child.text("expires_at"))
	}
	e := (*s.events)[len(*s.events)-1]
	if e.Kind != "api-tokens" || e.Target != grandchild.text("id") || e.Details.Person != root.ID || strings.Contains(fmt.Sprint(e.Details), "lk_") {
		t.Errorf("recorded as %+v", e)
	}
	for _, token := range []string{child.text("token"), grandchild.text("token")} {
		s.want(http.StatusOK, token, "GET", "me", "")
	}
	s.want(http.StatusNoContent, full, "DELETE", own+"/"+limitedID, "")
	named := fmt.Sprint((*s.events)[len(*s.events)-1].Details.Changes)
	for _, id := range []string{limitedID, child.text("id"), grandchild.text("id")} {
		if !strings.Contains(named, id) {
			t.Errorf("the revoked token %s is not in the record: %s", id, named)
		}
	}
	for _, token := range []string{limited, child.text("token"), grandchild.text("token")} {
		s.want(http.StatusUnauthorized, token, "GET", "me", "")
	}
	s.want(http.StatusOK, full, "GET", "me", "")
}
