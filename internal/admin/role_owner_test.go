package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestOperatorCannotEndSessionsOfAnAdministrator: an operator can end the sessions, tokens and
// consents of people without a role only, in all lists and with all rows that match.
func TestOperatorCannotEndSessionsOfAnAdministrator(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, secret := o.AddClient("https://app.example/cb", nil)
	for _, name := range []string{"root", "ada"} {
		code, err := o.Provider.Browser().Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), name)
		if err != nil || code == "" {
			t.Fatal(err)
		}
		if answer := o.answer("/token/", c.ID, secret, "grant_type", "authorization_code", "code", code, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); answer["access_token"] == nil {
			t.Fatalf("got %v", answer)
		}
	}
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	rows := func(path, field string) []string {
		var values []string
		for _, found := range regexp.MustCompile(`name="`+field+`" value="([^"]+)"`).FindAllStringSubmatch(o.open(path).Body, -1) {
			values = append(values, found[1])
		}
		return values
	}
	post := func(path string, fields url.Values) int {
		t.Helper()
		fields.Set("confirmed", "yes")
		response, err := operator.PostForm(o.URL+"/admin/"+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		body := read(t, response)
		if response.StatusCode == http.StatusForbidden && !strings.Contains(body, "Administrator") {
			t.Errorf("%s: %s", path, body)
		}
		return response.StatusCode
	}
	for _, list := range []struct{ path, field, do string }{{"consents/?user=", "consent", "withdraw"}, {"tokens/?user=", "family", "revoke"}, {"tokens/?kind=access&user=", "token", "revoke"}, {"sessions/?user=", "session", "end"}} {
		of := func(name string) string { return list.path + o.user(name).ID }
		before := rows(of("root"), list.field)
		both := append(rows(of("ada"), list.field), before...)
		if len(both) <= len(before) || len(before) == 0 {
			t.Fatalf("%s: %q, of an administrator: %q", list.path, both, before)
		}
		if status := post(of("root"), url.Values{list.field: both, "do": {list.do}}); status != http.StatusForbidden || len(rows(of("root"), list.field)) != len(before) || len(rows(of("ada"), list.field)) == 0 {
			t.Errorf("an operator has ended rows of %s: %d", of("root"), status)
		}
	}
	of := func(name string) string { return "tokens/?user=" + o.user(name).ID }
	if status := post("tokens/", url.Values{"all": {"revoke"}}); status != http.StatusOK || len(rows(of("ada"), "family")) > 0 || len(rows(of("root"), "family")) == 0 {
		t.Errorf("all that match: %d; %q, of an administrator: %q", status, rows(of("ada"), "family"), rows(of("root"), "family"))
	}
	if sessions := rows("sessions/?user="+o.user("ada").ID, "session"); post("sessions/", url.Values{"session": sessions}) != http.StatusOK || len(rows("sessions/?user="+o.user("ada").ID, "session")) > 0 {
		t.Error("an operator cannot end the sessions of a person without a role")
	}
}
