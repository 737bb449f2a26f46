package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testChecksInWrites: what was checked before a write is a condition of it.
func testChecksInWrites(t *testing.T, h *house) {
	ada := h.user(t, "ada")
	start := func(epoch int64) error {
		return h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: fmt.Sprint("s", epoch), UserID: "id-ada", CreatedAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}, Epoch: epoch})
	}
	for name, end := range map[string]func() error{
		"a new password": func() error { return h.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "new", At: h.now}) },
		"disabling and enabling": func() error {
			return errors.Join(h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true, At: h.now}), h.SwitchUser(ctx, account.Switch{UserID: "id-ada", At: h.now}))
		},
		"logging out everywhere": func() error { return h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada", At: h.now}) },
	} {
		epoch := h.epoch(t, "id-ada")
		must(t, end())
		if err := start(epoch); !errors.Is(err, account.ErrConflict) {
			t.Errorf("starting a session after %s: %v", name, err)
		}
		must(t, start(h.epoch(t, "id-ada")))
	}

	t.Run("a session is renewed only while it exists", func(t *testing.T) {
		h.startSession(t, "mine", "id-ada")
		bob := h.user(t, "bob")
		renewed := account.Session{ID: "mine", UserID: "id-ada", SecretHash: [32]byte{1}, CreatedAt: h.now, ExpiresAt: h.now.Add(2 * time.Hour)}
		must(t, h.StartSession(ctx, account.SessionStart{Session: renewed, Epoch: h.epoch(t, "id-ada"), Replaces: "mine"}))
		if got, _, err := h.Session(ctx, "mine"); err != nil || got.SecretHash != renewed.SecretHash {
			t.Errorf("the session is %+v: %v", got, err)
		}
		renewed.UserID = bob.ID
		if err := h.StartSession(ctx, account.SessionStart{Session: renewed, Replaces: "mine"}); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("another user renews it: %v", err)
		}
		must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"mine"}, At: h.now}))
		renewed.UserID = "id-ada"
		if err := h.StartSession(ctx, account.SessionStart{Session: renewed, Epoch: h.epoch(t, "id-ada"), Replaces: "mine"}); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("renewing an ended session: %v", err)
		}
	})

	t.Run("a checked password change needs the user as checked", func(t *testing.T) {
		change := func(spoil func(*account.User)) error {
			u, err := h.User(ctx, "id-ada")
			must(t, err)
			spoil(u)
			return h.SetPassword(ctx, account.PasswordChange{User: u, Hash: "checked", Checked: true, At: h.now})
		}
		must(t, change(func(*account.User) {}))
		for name, spoil := range map[string]func(*account.User){
			"another password": func(u *account.User) { u.LoginEpoch-- },
			"another address":  func(u *account.User) { u.Email = "other@example.com" },
			"disabled": func(*account.User) {
				must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true, At: h.now}))
			},
		} {
			if err := change(spoil); !errors.Is(err, account.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
			must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-ada", At: h.now}))
		}
	})

	t.Run("disabling revokes tokens only on request", func(t *testing.T) {
		h.client(t, "c")
		for _, revoke := range []bool{false, true} {
			h.setNow(h.now.Add(time.Second))
			_, access := h.family(t, "id-ada")
			off := account.Switch{UserID: "id-ada", Disabled: true, At: h.now}
			if revoke {
				off.RevokedBefore = h.now
			}
			must(t, h.SwitchUser(ctx, off))
			must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-ada", At: h.now}))
			_, standing, err := h.AccessToken(ctx, access.ID)
			if revoked := standing.RevokedBecause(access.IssuedAt) != ""; err != nil || revoked != revoke {
				t.Errorf("after enabling, the token is revoked: %t, want %t: %v", revoked, revoke, err)
			}
		}
	})
}

func testRaces(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "ada")

	t.Run("nothing that is issued through the browser survives a logout at the same time", func(t *testing.T) {
		for i := range 30 {
			session := fmt.Sprint("session ", i)
			h.startSession(t, session, "id-ada")
			f, access := h.front()
			f.SessionID, f.Scope = session, oauth.Scopes{"openid"}
			client := &oauth.SessionClient{SessionID: session, ClientID: "c", Subject: "id-ada"}
			errs := together(3, func(j int) error {
				switch j {
				case 0:
					return h.approve(oauth.Approval{InSession: session, Session: client, SessionUntil: h.now.Add(time.Hour), Family: f, Access: access})
				case 1:
					return h.approve(oauth.Approval{InSession: session, Session: client, SessionUntil: h.now.Add(time.Hour)})
				}
				return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{session}, At: h.now})
			})
			must(t, errs[2])
			for _, err := range errs[:2] {
				if err != nil && !errors.Is(err, oauth.ErrNotFound) {
					t.Fatal(err)
				}
			}
			if _, standing, err := h.AccessToken(ctx, access.ID); err == nil && !standing.FamilyRevoked {
				t.Fatal("the access token survived")
			}
			due, err := h.TakeLogoutNotices(ctx, h.now, time.Minute, 9)
			must(t, err)
			if told := len(due) == 1; told != (errs[0] == nil || errs[1] == nil) {
				t.Fatalf("approved: %v, %v, but %d notices", errs[0], errs[1], len(due))
			}
			for _, n := range due {
				must(t, h.DropLogoutNotice(ctx, n.SessionClient))
			}
		}
	})

	t.Run("a new password replaces the session in which it was set, unless that ends before", func(t *testing.T) {
		for i := range 20 {
			before, after := fmt.Sprint("before ", i), fmt.Sprint("after ", i)
			h.startSession(t, before, "id-ada")
			h.startSession(t, fmt.Sprint("other ", i), "id-ada")
			u, err := h.User(ctx, "id-ada")
			must(t, err)
			next := h.session(after, "id-ada")
			next.Methods = []string{account.MethodPassword, account.MethodCode, account.MethodTwoFactors}
			c := account.PasswordChange{User: u, Hash: fmt.Sprint("replaces ", i), Checked: true, At: h.now, Session: &next, Replaces: before}
			errs := together(2, func(j int) error {
				if j == 0 {
					return h.SetPassword(ctx, c)
				}
				return h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{before}, At: h.now})
			})
			must(t, errs[1])
			stored, owner, err := h.Session(ctx, after)
			switch {
			case errors.Is(errs[0], account.ErrConflict):
				if err == nil || func() bool { u, err := h.User(ctx, "id-ada"); return err != nil || u.PasswordHash == c.Hash }() {
					t.Fatal("the session had ended, but the password was changed")
				}
			case errs[0] != nil:
				t.Fatal(errs[0])
			case err != nil || owner.PasswordHash != c.Hash || len(stored.Methods) != 3 || stored.SecretHash != next.SecretHash:
				t.Fatalf("the session after the change: %+v, %v", stored, err)
			default:
				for _, ended := range []string{before, fmt.Sprint("other ", i)} {
					if _, _, err := h.Session(ctx, ended); !errors.Is(err, account.ErrNotFound) {
						t.Fatalf("the session %q did not end: %v", ended, err)
					}
				}
			}
		}
		stolen := h.session("stolen", "id-ada")
		ada, err := h.User(ctx, "id-ada")
		must(t, err)
		must(t, h.CreateUser(ctx, &account.User{ID: "id-bert", Username: "bert", CreatedAt: h.now}, "bert", account.Unconditionally))
		h.startSession(t, "of bert", "id-bert")
		if err := h.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "x", Checked: true, At: h.now, Session: &stolen, Replaces: "of bert"}); !errors.Is(err, account.ErrConflict) {
			t.Errorf("in the session of another person: %v", err)
		}
		if unchanged, err := h.User(ctx, "id-ada"); err != nil || unchanged.PasswordHash != ada.PasswordHash {
			t.Errorf("in the session of another person, the password was changed: %v", err)
		}
	})

	t.Run("a login that was checked before a new password starts no session after it", func(t *testing.T) {
		for i := range 20 {
			u, err := h.User(ctx, "id-ada")
			must(t, err)
			epoch := u.LoginEpoch
			errs := together(2, func(j int) error {
				if j == 0 {
					return h.SetPassword(ctx, account.PasswordChange{User: u, Hash: fmt.Sprint(i), At: h.now})
				}
				return h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: fmt.Sprint("login ", i), UserID: "id-ada", CreatedAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}, Epoch: epoch})
			})
			must(t, errs[0])
			if _, _, err := h.Session(ctx, fmt.Sprint("login ", i)); err == nil {
				t.Fatal("the session survived")
			}
		}
	})

	t.Run("of many checked password changes one is made", func(t *testing.T) {
		u, err := h.User(ctx, "id-ada")
		must(t, err)
		made := together(crowd, func(i int) bool {
			own := *u
			err := h.SetPassword(ctx, account.PasswordChange{User: &own, Hash: fmt.Sprint(i), Checked: true, At: h.now})
			if err != nil && !errors.Is(err, account.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		})
		if n := count(made); n != 1 {
			t.Errorf("%d were made", n)
		}
	})

	t.Run("administrators who demote and disable each other leave one", func(t *testing.T) {
		for i := range 10 {
			var admins []*account.User
			for j := range 2 {
				name := fmt.Sprint("admin", i, "-", j)
				u := &account.User{ID: name, Username: name, Admin: true, CreatedAt: h.now}
				must(t, h.CreateUser(ctx, u, name, account.Unconditionally))
				admins = append(admins, u)
			}
			if i > 0 { // the one that was left
				before := fmt.Sprint("admin", i-1, "-")
				for j := range 2 {
					u, err := h.User(ctx, before+fmt.Sprint(j))
					must(t, err)
					u.Admin = false
					must(t, h.UpdateUser(ctx, u, u.Username, nil))
				}
			}
			left := together(2, func(j int) bool {
				demoted := *admins[j]
				demoted.Admin = false
				var err error
				if i%2 == 0 {
					err = h.UpdateUser(ctx, &demoted, demoted.Username, nil)
				} else {
					err = h.SwitchUser(ctx, account.Switch{UserID: demoted.ID, Disabled: true, At: h.now})
				}
				if err != nil && !errors.Is(err, account.ErrLastAdmin) && !errors.Is(err, account.ErrConflict) {
					t.Error(err)
				}
				return errors.Is(err, account.ErrLastAdmin)
			})
			if n := count(left); n != 1 {
				t.Fatalf("%d were left", n)
			}
		}
	})
}
