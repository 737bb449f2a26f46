package admin_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

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
