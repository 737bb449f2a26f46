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
			if strings.Contains(string(a.body), "lk_") {
				t.Errorf("the text of a token: %s", a.body)
			}
			cursor = a.text("next")
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
