package admin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestSelectedApplicationsAndUsersAreDisabled: an operator cannot disable or log out a person with a
// role among them, and nobody disables themselves.
func TestSelectedApplicationsAndUsersAreDisabled(t *testing.T) {
	o := enter(t)
	first, _ := o.AddClient("https://app.example/cb", nil)
	second, _ := o.AddClient("https://app.example/cb", nil)
	ada, bob := o.AddUser("ada", false), o.AddUser("bob", false)
	root := o.user("root").ID
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	said := ""
	post := func(by office, path string, fields url.Values) int {
		t.Helper()
		fields.Set("confirmed", "yes")
		response, err := by.PostForm(o.URL+"/admin/"+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		_, rest, _ := strings.Cut(string(body), `role="status">`)
		_, rest, _ = strings.Cut(rest, "<p>")
		said, _, _ = strings.Cut(rest, "</p>")
		return response.StatusCode
	}
	disabled := func(id string) bool {
		u, err := o.Store.User(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return u.Disabled
	}
	for _, do := range []string{"disable", "logout"} {
		if status := post(operator, "users/", url.Values{"person": {ada.ID, root}, "do": {do}}); status != http.StatusForbidden || disabled(ada.ID) || disabled(root) {
			t.Errorf("an operator, %s: %d", do, status)
		}
	}
	if status := post(o, "users/", url.Values{"person": {root}, "do": {"disable"}}); status < 400 || disabled(root) {
		t.Errorf("an administrator has disabled themselves: %d", status)
	}
	if status := post(operator, "users/?q=a", url.Values{"all": {"disable"}}); status != 200 || !disabled(ada.ID) || disabled(bob.ID) || disabled(root) || said != "1 disabled, 1 was skipped, because you cannot change it." {
		t.Errorf("all users that match: %d, %s", status, said)
	}
	for _, want := range []string{"2 disabled, 1 no longer exists.", "2 were already disabled, 1 no longer exists."} {
		if status := post(operator, "applications/", url.Values{"client": {first.ID, "deleted", second.ID}, "do": {"disable"}}); status != 200 || said != want {
			t.Errorf("applications: %d, %s, want %s", status, said, want)
		}
	}
	for _, do := range []string{"logout", "disable"} {
		if status := post(o, "users/", url.Values{"person": {"deleted", bob.ID}, "do": {do}}); status != 200 || disabled(bob.ID) != (do == "disable") || !strings.HasSuffix(said, ", 1 no longer exists.") {
			t.Errorf("one of the users was deleted, %s: %d, %s", do, status, said)
		}
	}
	records, _, err := audit.List(t.Context(), o.Store, audit.Filter{Category: oauth.CategoryAdministration}, paging.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*oauth.Client{first, second} {
		stored, err := o.Store.Client(t.Context(), c.ID)
		recorded := 0
		for _, r := range records {
			if r.ClientID == c.ID && r.Kind == "applications/{id}/switch" {
				recorded++
			}
		}
		if err != nil || !stored.Disabled || recorded != 1 {
			t.Errorf("disabled: %t, %d records, %v", stored.Disabled, recorded, err)
		}
	}
}

// TestSelectedInvitationsInitialAccessTokensAndRequestsEnd: the page says how many were changed and how many were not open,
// each is recorded, and the buttons in the rows are not in the form of the checkboxes.
func TestSelectedInvitationsInitialAccessTokensAndRequestsEnd(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Registration = "token" })
	for range 3 {
		o.post("invitations/", url.Values{"note": {"x"}, "days": {"7"}})
		o.post("registration/", url.Values{"name": {"Robots"}, "uses": {"1"}, "days": {"1"}})
		c, _ := o.AddClient("https://app.example/cb", nil)
		code := oauth.Ticket{Kind: "code", ID: oauth.NewID(o.Now()), ClientID: c.ID, IssuedAt: o.Now(), ExpiresAt: o.Now().Add(time.Minute)}
		code.Subject = "id-ada"
		if err := o.Store.Put(t.Context(), code); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ list, field, do, change, some, all string }{
		{"invitations/", "invitation", "withdraw", "withdrawn", "2 withdrawn.", "1 withdrawn, 2 were not open."},
		{"registration/", "token", "revoke", "revoked", "2 revoked.", "1 revoked."},
		{"requests/?kind=code", "request", "cancel", "cancelled", "2 cancelled.", "1 cancelled, 2 were already used, refused or expired."},
	} {
		list := o.open(test.list)
		for _, name := range []string{"do", "all"} { // never runs the first action instead
			if page := o.post(test.list, url.Values{name: {"zzz"}, "confirmed": {"yes"}}); page.StatusCode != http.StatusNotFound {
				t.Errorf("%s: an unknown action: %s", test.list, page.Status)
			}
		}
		ids := regexp.MustCompile(`name="`+test.field+`" value="([^"]+)"`).FindAllStringSubmatch(list.Body, -1)
		rows := strings.Count(list.Body, `<form method="post" id="row"></form>`) == 1 && strings.Count(list.Body, `<button form="row"`) == 3
		if len(ids) != 3 || rows != (test.field != "request") {
			t.Fatalf("%s: %v in %s", test.list, ids, list.Body)
		}
		selected := url.Values{"do": {test.do}, test.field: {ids[0][1], ids[1][1]}}
		if page := o.Browser.Submit(list, selected); !strings.Contains(page.Body, "2 selected") {
			t.Errorf("%s: the question: %s", test.list, page.Body)
		}
		selected.Set("confirmed", "yes")
		page := o.post(test.list, selected)
		if !strings.Contains(page.Body, test.some) {
			t.Errorf("%s: after two: %s", test.list, page.Body)
		}
		if boxes := strings.Count(page.Body, `type="checkbox"`); test.field == "request" && boxes != 1 { // the others are finished
			t.Errorf("%s: %d rows can be selected", test.list, boxes)
		}
		if page := o.postTo(test.list, url.Values{"all": {test.do}}); test.field == "request" && (!strings.Contains(page.Body, "Cancel 1 request that matches?") || !strings.Contains(page.Body, ">Go back</a>")) {
			t.Errorf("%s: the question about all: %s", test.list, page.Body)
		}
		if page := o.post(test.list, url.Values{"all": {test.do}, "confirmed": {"yes"}}); !strings.Contains(page.Body, test.all) {
			t.Errorf("%s: after all: %s", test.list, page.Body)
		}
		recorded := 0
		for _, r := range o.recorded(audit.Filter{Category: oauth.CategoryAdministration}) {
			is := func(id []string) bool {
				key, _, _ := strings.Cut(id[1], " ")
				return strings.Contains(fmt.Sprint(r.Target, r.Changes()), key)
			}
			if path, _, _ := strings.Cut(test.list, "/"); r.Kind == path && slices.ContainsFunc(ids, is) && (r.ClientID != "") == (test.field == "request") && strings.Contains(fmt.Sprint(r.Changes()), test.change) {
				recorded++
			}
		}
		if recorded != 3 {
			t.Errorf("%s: %d records", test.list, recorded)
		}
	}
}

// TestAllInitialAccessTokensThatMatchAreRevoked: the list has only the newest ones, so an action on all rows
// continues with those that follow.
func TestAllInitialAccessTokensThatMatchAreRevoked(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Registration = "token" })
	for i := range oauth.MostInitialAccessTokens + 2 {
		token := oauth.InitialAccessToken{ID: oauth.NewID(o.Now()), Name: fmt.Sprint("robot", i), Uses: 1, CreatedAt: o.Now(), ExpiresAt: o.Now().Add(time.Hour)}
		if err := o.Store.AddInitialAccessToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	contains(t, o.open("registration/").Body, "only the newest 500")
	all := url.Values{"all": {"revoke"}}
	if page := o.Browser.Submit(o.open("registration/"), all); !strings.Contains(page.Body, "at least 500") {
		t.Errorf("the question: %s", page.Body)
	}
	all.Set("confirmed", "yes")
	page := o.postTo("registration/", all)
	contains(t, page.Body, "500 revoked. Continue?")
	contains(t, o.Submit(page, url.Values{}).Body, "502 revoked.")
	if left, err := o.Store.InitialAccessTokens(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%d tokens are left, %v", len(left), err)
	}
}
