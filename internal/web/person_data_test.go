package web_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestFileHasIdentitiesAndInvitationsOfThePerson: also an invitation that waits for the
// person, if they have confirmed the address.
func TestFileHasIdentitiesAndInvitationsOfThePerson(t *testing.T) {
	f := newFederation(t, nil, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	_, code := invited(t, f.Provider, account.NewInvitation{Note: "accounting"})
	if _, _, err := f.Server.Invite(context.Background(), account.NewInvitation{Email: "ada@acme.example", Note: "second"}); err != nil {
		t.Fatal(err)
	}
	b := f.Browser()
	page := accept(b, f.Provider, code, "ada", nil)
	u, err := f.Store.UserByName(context.Background(), "ada")
	if err != nil {
		t.Fatalf("%v: %s", err, page.Body)
	}
	data := func() (d web.PersonData, text string) {
		stored, err := web.PersonDataOf(context.Background(), f.Store, f.Store, u, u.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		return *stored, string(encoded)
	}
	if d, text := data(); len(d.Invitations) != 1 || d.Invitations[0].State != account.InvitationUsed || d.Invitations[0].Note != "accounting" || strings.Contains(text, code) {
		t.Errorf("with an address that is not confirmed: %s", text)
	}
	u.Email = "ada@acme.example"
	if err := u.SetEmailVerified(true); err != nil {
		t.Fatal(err)
	}
	if d, text := data(); len(d.Invitations) != 2 || d.Invitations[1].Note != "second" || d.Invitations[1].State != account.InvitationOpen {
		t.Errorf("with a confirmed address: %s", text)
	}
	f.logsIn(t, f.Browser(), "eve", "/")
	if u, err = f.Store.UserByName(context.Background(), "eve"); err != nil {
		t.Fatal(err)
	}
	if d, text := data(); len(d.Factors) != 1 || d.Factors[0].Provider != "acme" || d.Factors[0].Issuer != f.other.Issuer || d.Factors[0].Subject == "" || !strings.Contains(text, `"provider":"acme"`) {
		t.Errorf("with an identity: %s", text)
	}
}

// TestFileHasTheEmailsThatWait, without what only the recipient may have.
func TestFileHasTheEmailsThatWait(t *testing.T) {
	p := latchkeytest.New(t)
	ada := addConfirmed(t, p, "ada", "ada@x.example")
	mail := account.Mail{
		ID: "1", Kind: account.MailEmailCode, To: ada.Email, UserID: ada.ID, CreatedAt: p.Now(), NextAt: p.Now().Add(time.Hour), ExpiresAt: p.Now().Add(time.Hour),
		Details: account.MailDetails{Address: "203.0.113.7", Browser: "Firefox on Linux", Challenge: "challenge", Invitation: "invitation", Return: account.Return{Request: "request"}},
	}
	other := mail
	other.ID, other.UserID, other.To = "2", "", "eve@x.example"
	for _, m := range []account.Mail{mail, other} {
		if err := p.Store.AddMail(t.Context(), m, account.MailBounds{Rank: 9, Recipient: 9, Source: 9}); err != nil {
			t.Fatal(err)
		}
	}
	d, err := web.PersonDataOf(t.Context(), p.Store, p.Store, ada, p.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d.Mails)
	if err != nil || len(d.Mails) != 1 || d.Mails[0].Kind != account.MailEmailCode || d.Mails[0].Address != "203.0.113.7" {
		t.Fatalf("got %s, %v", text, err)
	}
	for _, secret := range []string{"challenge", "invitation", "request"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the file has the %s: %s", secret, text)
		}
	}
}

// TestFileHasTheApplicationsThatKnowASession, and each session has its own.
func TestFileHasTheApplicationsThatKnowASession(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := visitAccount(t, p, "ada")
	if _, err := b.Authorize(authorizeURL(p, client, url.Values{"scope": {"openid"}}), "ada"); err != nil {
		t.Fatal(err)
	}
	visitAccount(t, p, "ada")
	d, err := web.PersonDataOf(t.Context(), p.Store, p.Store, ada, p.Now())
	if err != nil || len(d.Sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(d.Sessions), err)
	}
	known := slices.Concat(d.Sessions[0].Applications, d.Sessions[1].Applications)
	if !slices.Equal(known, []string{client.ID}) || d.Sessions[0].Applications == nil || d.Sessions[1].Applications == nil {
		t.Errorf("the sessions have the applications %q and %q", d.Sessions[0].Applications, d.Sessions[1].Applications)
	}
}

// TestFileHasThePermissionsThatHaveEnded until the sweep deletes them, separately from the valid ones.
func TestFileHasThePermissionsThatHaveEnded(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	p.Tokens(client, secret, "ada", "read")
	p.Tokens(client, secret, "eve", "read")
	if err := p.Server.RevokeSubject(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	p.Advance(time.Minute)
	p.Tokens(client, secret, "ada", "read")
	d, err := web.PersonDataOf(t.Context(), p.Store, p.Store, ada, p.Now())
	if err != nil || len(d.Access) != 1 || len(d.EndedAccess) != 1 || !d.Access[0].IssuedAt.After(d.EndedAccess[0].IssuedAt) || d.RevokedBefore.IsZero() {
		t.Errorf("valid: %+v, ended: %+v, revoked before %s, %v", d.Access, d.EndedAccess, d.RevokedBefore, err)
	}
}

// A givingStore calls a function after it has read permissions with those that have ended. A page of
// valid permissions says that more follow, if more is set.
type givingStore struct {
	latchkey.Store
	then func()
	more bool
}

func (s givingStore) Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
	rows, cursor, err := s.Store.Families(ctx, f, p)
	if f.Ended {
		s.then()
	} else if s.more && len(rows) > 0 {
		rows, cursor.Next = slices.Repeat(rows[:1], 5000), "more"
	}
	return rows, cursor, err
}

// TestValidPermissionsAreNotListedAsEnded: a permission that is given while the rows are read, and one
// of those that the file has no place for, have not ended.
func TestValidPermissionsAreNotListedAsEnded(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	store := givingStore{p.Store, func() { p.Tokens(client, secret, "ada", "read") }, false}
	d, err := web.PersonDataOf(t.Context(), p.Store, store, ada, p.Now())
	if err != nil || len(d.EndedAccess) != 0 || len(d.Access) != 1 {
		t.Errorf("given in the meantime: ended %+v, valid %d, %v", d.EndedAccess, len(d.Access), err)
	}
	p.Tokens(client, secret, "ada", "read")
	store = givingStore{p.Store, func() {}, true}
	d, err = web.PersonDataOf(t.Context(), p.Store, store, ada, p.Now())
	if err != nil || len(d.EndedAccess) != 0 || !slices.Equal(d.Incomplete, []string{"access", "ended_access"}) {
		t.Errorf("too many: ended %+v, incomplete %v, %v", d.EndedAccess, d.Incomplete, err)
	}
}
