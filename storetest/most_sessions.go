package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testMostSessions tests that a person with too many sessions loses the one that
// was used least recently, as by a log-out, and that a new password ends all.
func testMostSessions(t *testing.T, h *house) {
	ada := h.user(t, "ada")
	h.user(t, "bob")
	h.client(t, "c")
	start := func(id, user string) {
		t.Helper()
		h.setNow(h.now.Add(time.Second))
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: user, CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}}))
	}
	exists := func(id string, want bool) {
		t.Helper()
		if _, _, err := h.Session(ctx, id); (err == nil) != want || (err != nil && !errors.Is(err, account.ErrNotFound)) {
			t.Errorf("the session %s: %v", id, err)
		}
	}
	start("bobs", "id-bob")
	for i := range account.MaxSessions {
		start(fmt.Sprint(i), ada.ID)
	}
	must(t, h.TouchSession(ctx, "0", h.now.Add(time.Second), h.now.Add(time.Hour)))
	for _, id := range []string{"0", "1"} {
		ticket := h.ticket(ada.ID)
		ticket.SessionID = id
		must(t, h.approve(oauth.Approval{Put: &ticket, InSession: id, Session: &oauth.SessionClient{SessionID: id, ClientID: "c", Subject: ada.ID}, SessionUntil: h.now.Add(time.Hour)}))
	}
	exists("1", true)
	start("last", ada.ID)
	for id, want := range map[string]bool{"0": true, "1": false, "2": true, "last": true, "bobs": true} {
		exists(id, want)
	}
	if n, err := h.LogoutNotices(ctx); err != nil || n != 1 {
		t.Errorf("%d clients are notified: %v", n, err)
	}
	must(t, h.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "r", At: h.now}))
	for i := range account.MaxSessions {
		exists(fmt.Sprint(i), false)
	}
	exists("last", false)
	exists("bobs", true)
}
