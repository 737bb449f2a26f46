package admin_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestRequestWithoutPermissionIsRecorded: the event names the person, the page and the
// missing permission, and the page names the roles that have it.
func TestRequestWithoutPermissionIsRecorded(t *testing.T) {
	var denied []oauth.Event
	o := enter(t, func(o *latchkey.Options) {
		o.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventPermissionDenied {
				denied = append(denied, e)
			}
		}
	})
	bob := o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	page := b.Open(o.URL + "/admin/users/" + bob.ID + "/")
	if page.StatusCode != 403 || !strings.Contains(page.Body, "Operator") || strings.Contains(page.Body, `href="/admin/`) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if len(denied) != 1 || denied[0].Actor != bob.ID || denied[0].Kind != "users/{id}" || denied[0].Reason != "people.read" || denied[0].Target != bob.ID || !denied[0].Address.IsValid() {
		t.Errorf("got %+v", denied)
	}
}
