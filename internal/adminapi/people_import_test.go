package adminapi_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestPeopleAreImportedOnce: with their IDs and hashes, all or none, and each addition is recorded. A
// token that allows passwords, but no roles, is enough for people without a role.
func TestPeopleAreImportedOnce(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	token := s.as(account.RoleAdministrator)
	const ada = `{"username": "Ada", "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "disabled": true, "email": "ada@example.com", "email_verified": true}`
	const grace = `{"username": "grace", "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c", "roles": ["auditor"], "password_hash": "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`
	count := func() (n int) {
		for _, e := range *s.events {
			if e.Kind == "users/import" && e.Outcome == oauth.OutcomeOK {
				n++
			}
		}
		return n
	}
	for _, test := range []struct {
		body  string
		added string // whether each person was added
		// events counts the records so far.
		events int
	}{
		{`{"people": [` + ada + `], "dry_run": true}`, "true", 0},
		{`{"people": []}`, "", 0},
		{`{"people": [` + ada + `]}`, "true", 1},
		{`{"people": [` + ada + `, ` + grace + `, {"username": "new"}]}`, "false true true", 3},
		{`{"people": [` + grace + `, ` + ada + `]}`, "false false", 3},
		{`{"people": [{"username": "NEW"}, {"username": "ada", "email": "Ada@example.com"}]}`, "false false", 3},
	} {
		a := s.want(http.StatusOK, token, "POST", "import-people", test.body)
		var added []string
		for _, row := range a.json["data"].([]any) {
			added = append(added, fmt.Sprint(row.(map[string]any)["added"]))
		}
		if got := strings.Join(added, " "); got != test.added || count() != test.events {
			t.Errorf("%s: added %q with %d events, want %q with %d", test.body, got, count(), test.added, test.events)
		}
	}
	u, err := s.Store.User(t.Context(), "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b")
	if err != nil || u.Username != "Ada" || !u.Disabled || !u.EmailVerified() {
		t.Errorf("imported as %+v, %v", u, err)
	}

	gone := s.AddUser("gone", false).ID
	s.want(http.StatusNoContent, token, "DELETE", "people/"+gone, "")
	many := slices.Repeat([]string{`{"username": "x"}`}, adminapi.MaxImported+1)
	for body, field := range map[string]string{
		`{"people": [{"username": "a1"}, {"username": "a2", "id": "` + gone + `"}]}`:                                          "people[1].id",
		`{"people": [{"username": "a1"}, {"username": "a2", "id": "` + gone + `"}], "dry_run": true}`:                         "people[1].id",
		`{"people": [{"username": "a1"}, {"username": "ADA", "email": "a@example.com"}]}`:                                     "people[1].username",
		`{"people": [{"username": "a1", "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"}]}`:                                      "people[0].id",
		`{"people": [{"username": "ada", "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1d"}]}`:                                     "people[0].username",
		`{"people": [{"username": "a1"}, {"username": "A1"}]}`:                                                                "people[1].username",
		`{"people": [{"username": "a1"}, {"username": "a2", "password_hash": "$2y$10$x"}]}`:                                   "people[1].password_hash",
		`{"people": [{"username": "a1"}, {"username": "a2", "password": "hush"}]}`:                                            "people[1].password",
		`{"people": [{"username": "a1"}, {"username": "a2", "roles": ["owner"]}]}`:                                            "people[1].roles",
		`{"people": [` + strings.Join(many, ",") + `]}`:                                                                       "people",
		`{"people": [{"username": "a1", "claims": {"x": "` + strings.Repeat("x", 70<<10) + `"}}]}`:                            "people[0].claims",
		`{"people": [{"username": "a1", "id": "0193A1B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B"}, {"username": "a2"}], "dry_run": true}`: "people[0].id",
	} {
		a := s.want(http.StatusUnprocessableEntity, token, "POST", "import-people", body)
		if fields := a.fields(); len(fields) == 0 || fields[0] != field {
			t.Errorf("%.200s: %.300s, want %s", body, a.body, field)
		}
	}
	s.want(http.StatusRequestEntityTooLarge, token, "POST", "import-people", `{"people": [{"username": "`+strings.Repeat("x", adminapi.MaxImport)+`"}]}`)
	if people := s.want(http.StatusOK, token, "GET", "people?q=a1", ""); len(people.json["data"].([]any)) != 0 || count() != 3 {
		t.Errorf("people of a request with faults were added: %s", people.body)
	}

	narrow := s.as(account.RoleAdministrator, "latchkey:people:write")
	s.want(http.StatusOK, narrow, "POST", "import-people", `{"people": [{"username": "plain"}]}`)
	s.want(http.StatusForbidden, narrow, "POST", "import-people", `{"people": [{"username": "plain2"}, {"username": "mighty", "roles": ["administrator"]}]}`)
	s.want(http.StatusForbidden, s.as(account.RoleOperator), "POST", "import-people", `{"people": [{"username": "plain3"}]}`)
}

// fullStore fails to add users after some of them.
type fullStore struct {
	latchkey.Store
	left int
}

func (f *fullStore) CreateUser(ctx context.Context, u *account.User, canonical string, only account.Condition, factors ...account.Factor) error {
	if f.left--; f.left < 0 {
		return account.ErrUnavailable
	}
	return f.Store.CreateUser(ctx, u, canonical, only, factors...)
}

// TestImportThatFailsReportsWhoWasAdded, so that it can be repeated.
func TestImportThatFailsReportsWhoWasAdded(t *testing.T) {
	full := &fullStore{left: 1000}
	s := start(t, func(o *latchkey.Options) { full.Store, o.Store = o.Store, full })
	token := s.as(account.RoleAdministrator)
	s.want(http.StatusOK, token, "POST", "import-people", `{"people": [{"username": "one"}]}`)
	const body = `{"people": [{"username": "one"}, {"username": "two"}, {"username": "three"}, {"username": "four"}]}`
	full.left = 1
	failed := s.want(http.StatusServiceUnavailable, token, "POST", "import-people", body)
	added, _ := failed.json["added"].([]any)
	if len(added) != 1 || added[0].(map[string]any)["username"] != "two" || added[0].(map[string]any)["id"] == "" {
		t.Errorf("got %s", failed.body)
	}
	full.left = 1000
	var again []string
	for _, row := range s.want(http.StatusOK, token, "POST", "import-people", body).json["data"].([]any) {
		again = append(again, fmt.Sprint(row.(map[string]any)["added"]))
	}
	if got := strings.Join(again, " "); got != "false false true true" {
		t.Errorf("repeated: added %s", got)
	}
}
