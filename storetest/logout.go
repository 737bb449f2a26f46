package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testWhatEndsWithASession(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	h.user(t, "bob")
	for name, test := range map[string]struct {
		end  oauth.SessionsEnd
		ends func(session, subject string) bool
	}{
		"one session":     {oauth.SessionsEnd{IDs: []string{"one", "unknown"}}, func(session, _ string) bool { return session == "one" }},
		"all of a person": {oauth.SessionsEnd{Subject: "id-ada"}, func(session, subject string) bool { return session != "" && subject == "id-ada" }},
	} {
		must(t, h.StartSession(ctx, account.Session{ID: "one", UserID: "id-ada", ExpiresAt: h.now.Add(time.Hour)}, ""))
		ends := make(map[oauth.ID]bool)
		for scope, bound := range map[string]bool{
			"openid": true, "read openid": true, "openid offline_access": false, "read": false, "openids": false,
		} {
			for session, subject := range map[string]string{"one": "id-ada", "another": "id-ada", "bobs": "id-bob", "": "id-ada"} {
				ticket := h.ticket(subject)
				ticket.SessionID, ticket.Scope = session, strings.Fields(scope)
				must(t, h.Put(ctx, ticket))
				if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || !got.Won {
					t.Fatal(got, err)
				}
				ends[ticket.ID] = bound && test.ends(session, subject)
			}
		}
		known, err := h.SessionClients(ctx, test.end.IDs, test.end.Subject)
		must(t, err)
		for _, k := range known {
			if k.ClientID != "c" || !test.ends(k.SessionID, k.Subject) {
				t.Errorf("%s is known to %+v", name, k)
			}
		}
		if len(known) == 0 {
			t.Errorf("%s is known to nobody", name)
		}
		test.end.At = h.now
		must(t, h.EndSessions(ctx, test.end))
		for id, want := range ends {
			f, _, err := h.Family(ctx, id)
			must(t, err)
			if ended := !f.RevokedAt.IsZero(); ended != want {
				t.Errorf("%s ends: a family of session %q of %s with %q ends: %t", name, f.SessionID, f.Subject, f.Scope, ended)
			}
		}
		if _, _, err := h.Session(ctx, "one"); err == nil {
			t.Errorf("%s: the session lives", name)
		}
	}
}

func testLogoutNotices(t *testing.T, h *house) {
	var notices []oauth.LogoutNotice
	for i := range 5 {
		notices = append(notices, oauth.LogoutNotice{
			ID: oauth.NewID(h.now), ClientID: "c", Subject: "id-ada", SessionID: "s", CreatedAt: h.now, NextAt: h.now.Add(time.Duration(i) * time.Second),
		})
	}
	waiting := func(want int) {
		t.Helper()
		if n, err := h.LogoutNotices(ctx); err != nil || n != want {
			t.Errorf("%d notices wait, want %d: %v", n, want, err)
		}
	}
	waiting(0)
	must(t, h.EndSessions(ctx, oauth.SessionsEnd{At: h.now, Notices: notices}))
	waiting(len(notices))
	take := func(n int) []oauth.LogoutNotice {
		t.Helper()
		taken, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, n)
		must(t, err)
		return taken
	}
	h.now = h.now.Add(2 * time.Second)
	first := take(2)
	if len(first) != 2 || first[0].ID != notices[0].ID || first[1].ID != notices[1].ID || first[0].Attempts != 1 || !first[0].NextAt.Equal(h.now.Add(time.Minute)) {
		t.Fatalf("took %+v", first)
	}
	if second := take(9); len(second) != 1 || second[0].ID != notices[2].ID {
		t.Errorf("then took %+v", second)
	}
	waiting(len(notices)) // what is in hand is not delivered yet
	must(t, h.DropLogoutNotice(ctx, notices[0].ID))
	must(t, h.DropLogoutNotice(ctx, notices[0].ID))
	waiting(len(notices) - 1)
	h.now = h.now.Add(time.Minute)
	if again := take(9); len(again) != 4 || again[0].ID == notices[0].ID {
		t.Errorf("after a minute took %+v", again)
	}
	for attempt := range 10 {
		h.now = h.now.Add(2 * time.Hour)
		for _, n := range take(9) {
			if wait := n.NextAt.Sub(h.now); wait > 64*time.Minute || wait < 2*time.Minute || n.Attempts < int64(attempt)+2 {
				t.Errorf("after %d attempts it waits %s", n.Attempts, wait)
			}
		}
	}
	h.now = h.now.Add(2 * time.Hour)
	seen := make(map[oauth.ID]int)
	for _, taken := range together(crowd, func(int) []oauth.LogoutNotice { return take(1) }) {
		for _, n := range taken {
			seen[n.ID]++
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d notices were taken", len(seen))
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was taken %d times", id, times)
		}
	}
}
