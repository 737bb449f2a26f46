package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// learn makes client "c" a client of a login session.
func (h *house) learn(t *testing.T, session, subject string) {
	t.Helper()
	must(t, h.approve(oauth.Approval{Session: &oauth.SessionClient{SessionID: session, ClientID: "c", Subject: subject}, SessionUntil: h.now.Add(48 * time.Hour)}))
}

func testWhatEndsWithASession(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	h.user(t, "bob")
	subjects := map[string]string{"one": "id-ada", "another": "id-ada", "bobs": "id-bob", "": "id-ada"}
	for name, test := range map[string]struct {
		end  func() error
		ends func(session, subject string) bool
	}{
		"one session": {
			func() error {
				return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"one", "unknown"}, At: h.now})
			},
			func(session, _ string) bool { return session == "one" },
		},
		"all of a person": {
			func() error { return h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada", At: h.now}) },
			func(session, subject string) bool { return session != "" && subject == "id-ada" },
		},
		"all of a person but one": {
			func() error {
				return h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada", Except: "one", At: h.now})
			},
			func(session, subject string) bool { return session == "another" && subject == "id-ada" },
		},
		"those of a disabled person": {
			func() error {
				return errors.Join(h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true, At: h.now}), h.SwitchUser(ctx, account.Switch{UserID: "id-ada", At: h.now}))
			},
			func(session, subject string) bool { return session != "" && subject == "id-ada" },
		},
		"a session that another person's replaces": {
			func() error {
				return h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "new", UserID: "id-bob", CreatedAt: h.now}, Epoch: h.epoch(t, "id-bob"), Replaces: "one"})
			},
			func(session, _ string) bool { return session == "one" },
		},
	} {
		h.setNow(h.now.Add(time.Second))
		for session, subject := range subjects {
			if session != "" {
				must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{session, "new"}, At: h.now.Add(-time.Millisecond)}))
				h.startSession(t, session, subject)
				h.learn(t, session, subject)
			}
		}
		ends := make(map[oauth.ID]bool)
		for scope, bound := range map[string]bool{
			"openid": true, "read openid": true, "openid offline_access": false, "read": false, "openids": false,
			"openid offline-access": true, "openid OFFLINE_ACCESS": true, "OPENID": false, "openid offlineXaccess": true,
		} {
			for session, subject := range subjects {
				ticket := h.ticket(subject)
				ticket.SessionID, ticket.Scope = session, strings.Fields(scope)
				must(t, h.Put(ctx, ticket))
				if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || !got.Won {
					t.Fatal(got, err)
				}
				ends[ticket.ID] = bound && test.ends(session, subject)
			}
		}
		must(t, test.end())
		for id, want := range ends {
			f, _, err := h.Family(ctx, id)
			must(t, err)
			if ended := !f.RevokedAt.IsZero(); ended != want {
				t.Errorf("%s ends: a family of session %q of %s with %q ends: %t", name, f.SessionID, f.Subject, f.Scope, ended)
			}
		}
		notified := make(map[string]bool)
		taken, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 99)
		must(t, err)
		for _, n := range taken {
			notified[n.SessionID] = true
			must(t, h.DropLogoutNotice(ctx, n.SessionClient))
		}
		for session, subject := range subjects {
			want := session != "" && test.ends(session, subject)
			if notified[session] != want {
				t.Errorf("%s ends: there is a notice for session %q: %t, want %t", name, session, notified[session], want)
			}
			if _, _, err := h.Session(ctx, session); session != "" && (err == nil) == want {
				t.Errorf("%s ends: session %q: %v", name, session, err)
			}
		}
	}
}

func testLogoutNotices(t *testing.T, h *house) {
	begin := h.now
	for i := range 5 {
		h.learn(t, fmt.Sprint(i), "id-ada")
	}
	h.learn(t, "lasts", "id-ada")
	waiting := func(want int) {
		t.Helper()
		if n, err := h.LogoutNotices(ctx); err != nil || n != want {
			t.Errorf("%d notices wait, want %d: %v", n, want, err)
		}
	}
	waiting(0)
	for i := range 5 {
		must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{fmt.Sprint(i)}, At: begin.Add(time.Duration(i) * time.Second)}))
	}
	waiting(5)
	must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"0"}, At: begin.Add(time.Minute)})) // it has ended
	take := func(n int, except ...string) []oauth.LogoutNotice {
		t.Helper()
		taken, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, n, except...)
		must(t, err)
		return taken
	}
	h.setNow(begin.Add(2 * time.Second))
	if none := take(9, "other", "c"); len(none) != 0 {
		t.Errorf("took %+v of a client that was left out", none)
	}
	first := take(2, "other", "cc")
	if len(first) != 2 || first[0].SessionID != "0" || first[1].SessionID != "1" || first[0].Attempts != 1 || !first[0].NextAt.Equal(h.now.Add(time.Minute)) || !first[0].EndedAt.Equal(begin) {
		t.Fatalf("took %+v", first)
	}
	if second := take(9); len(second) != 1 || second[0].SessionID != "2" {
		t.Errorf("then took %+v", second)
	}
	waiting(5) // notices that were taken are not delivered yet
	must(t, h.DropLogoutNotice(ctx, first[0].SessionClient))
	must(t, h.DropLogoutNotice(ctx, first[0].SessionClient))
	must(t, h.DropLogoutNotice(ctx, oauth.SessionClient{SessionID: "lasts", ClientID: "c", Subject: "id-ada"}))
	waiting(4)
	h.setNow(h.now.Add(time.Minute))
	if again := take(9); len(again) != 4 {
		t.Errorf("after a minute took %+v", again)
	}
	for attempt := range 10 {
		h.setNow(h.now.Add(2 * time.Hour))
		for _, n := range take(9) {
			if wait := n.NextAt.Sub(h.now); wait > 64*time.Minute || wait < 2*time.Minute || n.Attempts < int64(attempt)+2 {
				t.Errorf("after %d attempts it waits %s", n.Attempts, wait)
			}
		}
	}
	h.setNow(h.now.Add(2 * time.Hour))
	seen := make(map[oauth.SessionClient]int)
	for _, taken := range together(crowd, func(int) []oauth.LogoutNotice { return take(1) }) {
		for _, n := range taken {
			seen[n.SessionClient]++
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d notices were taken", len(seen))
	}
	for c, times := range seen {
		if times != 1 {
			t.Errorf("%+v was taken %d times", c, times)
		}
	}
	known, err := h.SessionClients(ctx, []string{"1", "lasts", "unknown"})
	if err != nil || len(known) != 2 {
		t.Errorf("the clients of the sessions are %+v: %v", known, err)
	}
}

// testBoundFamilies: what is bound to a login session is not refreshed after it.
func testBoundFamilies(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	begin := h.now
	for name, test := range map[string]struct {
		scope     string
		later     time.Duration
		inSession bool
		want      bool
	}{
		"while the session lasts":          {"openid", 29 * time.Minute, true, true},
		"after it was unused for too long": {"openid", 30 * time.Minute, true, false},
		"after it has expired":             {"openid read", 50 * time.Minute, true, false},
		"with offline_access":              {"openid offline_access", 50 * time.Minute, true, true},
		"without openid":                   {"read", 50 * time.Minute, true, true},
		"if the Store keeps no sessions":   {"openid", 50 * time.Minute, false, true},
	} {
		h.setNow(begin)
		id := "session " + name
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{
			ID: id, UserID: "id-ada", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(30 * time.Minute), ExpiresAt: h.now.Add(40 * time.Minute),
		}, Epoch: h.epoch(t, "id-ada")}))
		ticket := h.ticket("id-ada")
		ticket.SessionID, ticket.Scope = id, strings.Fields(test.scope)
		must(t, h.Put(ctx, ticket))
		if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || !got.Won {
			t.Fatal(got, err)
		}
		f, standing, err := h.Family(ctx, ticket.ID)
		must(t, err)
		if !standing.SessionExpiresAt.Equal(begin.Add(30 * time.Minute)) {
			t.Errorf("%s: the session expires at %s", name, standing.SessionExpiresAt)
		}
		h.setNow(begin.Add(test.later))
		r := h.rotation(f)
		r.InSession = test.inSession
		if got, err := h.Rotate(ctx, r); err != nil || got.Won != test.want {
			t.Errorf("%s: refreshed: %t %v", name, got.Won, err)
		} else if !got.Won && !got.Standing.SessionExpiresAt.Equal(begin.Add(30*time.Minute)) {
			t.Errorf("%s: the refusal does not say that the session has expired: %+v", name, got.Standing)
		}
	}
}

// testApprovalsInASession: nothing is issued in a session that has ended.
func testApprovalsInASession(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")
	client := func(session string) *oauth.SessionClient {
		return &oauth.SessionClient{SessionID: session, ClientID: "c", Subject: "id-ada"}
	}
	h.startSession(t, "lasts", "id-ada")
	h.startSession(t, "ended", "id-ada")
	must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"ended"}, At: h.now}))
	for session, later := range map[string]time.Duration{"ended": 0, "unknown": 0, "lasts": time.Hour} {
		h.setNow(h.now.Add(later))
		code, other := h.ticket("id-ada"), h.ticket("id-ada")
		f, access := h.front()
		for name, a := range map[string]oauth.Approval{
			"a code": {Put: &code}, "a code and a token": {Put: &other, Family: f, Access: access}, "an ID token": {},
		} {
			a.InSession, a.Session, a.SessionUntil = session, client(session), h.now.Add(time.Hour)
			if err := h.approve(a); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("approving %s in session %q after %s: %v", name, session, later, err)
			}
		}
		if known, err := h.SessionClients(ctx, []string{session}); err != nil || len(known) != 0 {
			t.Errorf("the clients of the session are %+v: %v", known, err)
		}
	}

	t.Run("a host's session that has ended", func(t *testing.T) {
		h.learn(t, "host", "id-ada")
		before, after := h.ticket("id-ada"), h.ticket("id-ada")
		before.SessionID, after.SessionID = "host", "host"
		after.IssuedAt = h.now.Add(time.Second)
		must(t, h.Put(ctx, before, after))
		must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"host"}, At: h.now}))
		if got, err := h.Spend(ctx, h.spend(before)); err != nil || got.Won {
			t.Errorf("a ticket of before was spent: %v", err)
		}
		if got, err := h.Spend(ctx, h.spend(after)); err != nil || !got.Won {
			t.Errorf("a ticket of a new login was not spent: %v", err)
		}
		late := h.ticket("id-ada")
		if err := h.approve(oauth.Approval{Put: &late, Session: client("host"), SessionUntil: h.now}); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("approving at the time of the logout: %v", err)
		}
		h.setNow(h.now.Add(time.Second))
		must(t, h.approve(oauth.Approval{Put: &late, Session: client("host"), SessionUntil: h.now.Add(time.Hour)}))
		if taken, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 99); err != nil || len(taken) != 0 {
			t.Errorf("after a new login there is a notice: %+v %v", taken, err)
		}
	})
}
