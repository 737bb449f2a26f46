package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testHostSessions: the Store does not keep the login sessions of a host, and
// sees only approvals in them and EndSessions.
func testHostSessions(t *testing.T, h *house) {
	h.client(t, "c")
	h.client(t, "d")
	h.user(t, "ada")
	approval := func(session string) oauth.Approval {
		code := h.ticket("id-ada")
		code.SessionID, code.Scope = session, oauth.Scopes{"openid"}
		return oauth.Approval{
			HostSession: session, Session: &oauth.SessionClient{SessionID: session, ClientID: "c", Subject: "id-ada"}, SessionUntil: h.now.Add(time.Hour), Put: &code,
		}
	}
	end := func(session string) error {
		return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{session}, At: h.now})
	}

	t.Run("nothing is approved in a session that ended before a client learned of it", func(t *testing.T) {
		must(t, end("ended"))
		for name, change := range map[string]func(*oauth.Approval){
			"a code":                          func(*oauth.Approval) {},
			"a code without openid":           func(a *oauth.Approval) { a.Session, a.Put.Scope = nil, oauth.Scopes{"read"} },
			"a code and tokens":               func(a *oauth.Approval) { a.Family, a.Access = h.front(); a.Family.SessionID = "ended" },
			"only an ID token":                func(a *oauth.Approval) { a.Put = nil },
			"a code and a consent":            func(a *oauth.Approval) { a.Consent, a.Shown = h.consent("openid"), oauth.Scopes{"openid"} },
			"a client that learned of others": func(a *oauth.Approval) { must(t, h.approve(approval("another"))) },
		} {
			a := approval("ended")
			change(&a)
			if err := h.approve(a); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if clients, err := h.SessionClients(ctx, []string{"ended"}); err != nil || len(clients) != 0 {
			t.Errorf("clients of the session: %v, %v", clients, err)
		}
		if due, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 9); err != nil || len(due) != 0 {
			t.Errorf("there are notices: %v, %v", due, err)
		}
	})

	t.Run("a code of a session that has ended is not exchanged", func(t *testing.T) {
		for _, scope := range []string{"openid", "read"} {
			a := approval("of " + scope)
			a.Put.Scope = oauth.Scopes{scope}
			if scope == "read" {
				a.Session = nil
			}
			must(t, h.approve(a))
			must(t, end("of "+scope))
			if got, err := h.Spend(ctx, h.spend(*a.Put)); err != nil || got.Won {
				t.Errorf("with scope %s: %t, %v", scope, got.Won, err)
			}
		}
	})

	t.Run("a login after the end can use the same session", func(t *testing.T) {
		must(t, end("again"))
		h.setNow(h.now.Add(time.Millisecond))
		a := approval("again")
		must(t, h.approve(a))
		if got, err := h.Spend(ctx, h.spend(*a.Put)); err != nil || !got.Won {
			t.Errorf("got %t, %v", got.Won, err)
		}
	})

	t.Run("nothing survives a logout at the same time", func(t *testing.T) {
		due, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 99)
		must(t, err)
		for _, n := range due {
			must(t, h.DropLogoutNotice(ctx, n.SessionClient))
		}
		for i := range 60 {
			session := fmt.Sprint("host session ", i)
			codes := []oauth.Approval{approval(session), approval(session)}
			codes[1].Session = &oauth.SessionClient{SessionID: session, ClientID: "d", Subject: "id-ada"}
			codes[1].Put.ClientID = "d"
			if i%2 == 1 { // a transaction of several statements
				codes[0].Consent, codes[0].Shown = h.consent("openid"), oauth.Scopes{"openid"}
			}
			errs := together(3, func(j int) error {
				if j == 2 {
					return end(session)
				}
				if err := h.approve(codes[j]); err != nil {
					return err
				}
				_, err := h.Spend(ctx, h.spend(*codes[j].Put))
				return err
			})
			must(t, errs[2])
			approved := 0
			for j, err := range errs[:2] {
				if err == nil {
					approved++
				} else if !errors.Is(err, oauth.ErrNotFound) {
					t.Fatal(err)
				}
				if got, err := h.Spend(ctx, h.spend(*codes[j].Put)); err == nil && got.Won {
					t.Fatal("a code of the session is exchanged afterwards")
				}
				if f, _, err := h.Family(ctx, codes[j].Put.ID); err == nil && f.RevokedAt.IsZero() {
					t.Fatal("tokens of the session are valid")
				}
			}
			due, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 9)
			must(t, err)
			if len(due) != approved {
				t.Fatalf("%d approvals, but %d notices", approved, len(due))
			}
			for _, n := range due {
				must(t, h.DropLogoutNotice(ctx, n.SessionClient))
			}
		}
	})
}
