package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// subjectsStore records the subjects for which families are listed.
type subjectsStore struct {
	*memstore.Store
	subjects []string
}

func (s *subjectsStore) Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
	s.subjects = append(s.subjects, f.Subject)
	return s.Store.Families(ctx, f, p)
}

// A host that numbers its people and its sessions has a session and a person with the same number.
// The end of the session ends it. The Store does not see its ID, which can be the secret of a cookie.
func TestSessionWithTheNumberOfAPersonEnds(t *testing.T) {
	for name, end := range map[string]func(context.Context, *latchkey.Server) error{
		"EndSessions":   func(ctx context.Context, s *latchkey.Server) error { return s.EndSessions(ctx, "41", "42") },
		"RevokeSession": func(ctx context.Context, s *latchkey.Server) error { return s.RevokeSession(ctx, "id-of-ada", "42") },
	} {
		store := &subjectsStore{Store: memstore.New(nil)}
		p, host := newHost(t, func(o *latchkey.Options) { o.Store = store })
		host.Change(func(x *latchkey.Person) { x.SessionID = "42" })
		ada := connect(t, p, host.Start("ada", time.Now()))
		host.Change(func(x *latchkey.Person) { x.SessionID, x.Subject = "43", "42" })
		bob := connect(t, p, host.Start("bob", time.Now()))
		store.subjects = nil
		if err := end(t.Context(), p.Server); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(strings.Join(store.subjects, " "), "4") {
			t.Errorf("%s: the Store was asked for the permissions of %q", name, store.subjects)
		}
		if ada.refreshes(t) || !bob.refreshes(t) {
			t.Errorf("%s: the session did not end, or that of another person did", name)
		}
	}
}

// The arguments of RevokeSession are both texts. If nothing is known of the session, and the
// subject is a session of the person, they are swapped: the error says that nothing was revoked.
func TestSwappedArgumentsOfRevokeSessionAreReported(t *testing.T) {
	p, host := newHost(t, nil)
	id := host.Start("ada", time.Now())
	ada := connect(t, p, id)
	for name, test := range map[string]struct{ subject, session, want string }{
		"swapped":            {id, "id-of-ada", "the order of the arguments is subject, id"},
		"an unknown session": {"id-of-ada", "unknown", ""},
		"an unknown person":  {"unknown", "unknown", ""},
	} {
		err := p.Server.RevokeSession(t.Context(), test.subject, test.session)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !ada.refreshes(t) {
		t.Error("the session ended")
	}
	if err := p.Server.RevokeSession(t.Context(), "id-of-ada", id); err != nil || ada.refreshes(t) {
		t.Errorf("in the right order: %v", err)
	}
}
