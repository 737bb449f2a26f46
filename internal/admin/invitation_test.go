package admin_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

var inviteLink = regexp.MustCompile(`value="[^"]+/o/invite/#lk_in_[0-9a-f]+"`)

func TestAdministratorInvitesByLinkWhichIsShownOnce(t *testing.T) {
	o := enter(t)
	page := o.post("invitations/", url.Values{"note": {"<b>Ada"}, "days": {"7"}})
	if page.StatusCode != 200 || !inviteLink.MatchString(page.Body) || strings.Contains(page.Body, "<b>Ada") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	list := o.open("invitations/?state=open")
	if strings.Contains(list.Body, "lk_in_") || !strings.Contains(list.Body, "&lt;b&gt;Ada") || !strings.Contains(list.Body, `Open <span class="num">1</span>`) || !strings.Contains(list.Body, "root") {
		t.Errorf("the list: %s", list.Body)
	}
	id := regexp.MustCompile(`name="withdraw" value="([^"]+)"`).FindStringSubmatch(list.Body)[1]
	question := o.Browser.Submit(o.open("invitations/"), url.Values{"withdraw": {id}})
	if !strings.Contains(question.Body, "Withdraw this invitation?") {
		t.Fatalf("not asked: %s", question.Body)
	}
	page = o.post("invitations/", url.Values{"withdraw": {id}, "confirmed": {"yes"}})
	if !strings.Contains(page.Body, "The invitation has been withdrawn") || !strings.Contains(page.Body, `Withdrawn <span class="num">1</span>`) {
		t.Errorf("got %s", page.Body)
	}
	if page = o.post("invitations/", url.Values{"withdraw": {id}, "confirmed": {"yes"}}); page.StatusCode != 200 {
		t.Errorf("a second time: %s", page.Status)
	}
}

func TestInvitationByMailShowsNoLinkToTheAdministrator(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	page := o.post("invitations/", url.Values{"email": {"ada@example.org"}, "locale": {"de"}, "days": {"0"}, "role": {"administrator", "auditor"}})
	if !strings.Contains(page.Body, "<option value=\"de\" lang=\"de\" selected>Deutsch</option>") || !strings.Contains(page.Body, "The invitation to <bdi>ada@example.org</bdi> is being sent") || strings.Contains(page.Body, "lk_in_") || !strings.Contains(page.Body, "No expiry</td>") {
		t.Fatalf("got %s", page.Body)
	}
	if page := o.post("invitations/", url.Values{"email": {"not an address"}}); page.StatusCode != 422 || !strings.Contains(page.Body, "valid email address") {
		t.Errorf("with a wrong address: %s", page.Status)
	}
	all, _, err := o.Store.Invitations(context.Background(), account.InvitationFilter{}, paging.Page{})
	if err != nil || len(all) != 1 || !slices.Equal(all[0].Roles(), account.Roles{account.RoleAdministrator, account.RoleAuditor}) || all[0].Locale != "de" || !all[0].ExpiresAt.IsZero() {
		t.Errorf("the invitations are %v, %v", all, err)
	}
	if page := enter(t).post("invitations/", url.Values{"email": {"ada@example.org"}}); page.StatusCode != 422 || !strings.Contains(page.Body, "does not send emails") {
		t.Errorf("without mail: %s", page.Status)
	}
}

// TestInvitationOfAFormerAdministratorIsNotShownAsOpen: it cannot be sent again. It can be
// withdrawn, because the administrator could get the role back.
func TestInvitationOfAFormerAdministratorIsNotShownAsOpen(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	former := o.AddUser("former", false)
	i, _, err := o.Server.Invite(t.Context(), account.NewInvitation{Email: "ada@example.org", Admin: true, CreatedBy: former.ID})
	if err != nil {
		t.Fatal(err)
	}
	page := o.open("invitations/")
	for _, part := range []string{"The person or application that created the invitation no longer has the permission to do so.", `Withdrawn <span class="num">1</span>`, `Open <span class="num">0</span>`, `name="withdraw" value="` + i.ID} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("%q is missing: %s", part, page.Body)
		}
	}
	if strings.Contains(page.Body, `name="send"`) {
		t.Error("the email can be sent again")
	}
	if page := o.post("invitations/", url.Values{"send": {i.ID}}); !strings.Contains(page.Body, "The invitation has been withdrawn") {
		t.Errorf("sent again: %s", page.Body)
	}
}
