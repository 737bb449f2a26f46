package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

func testAccounts(t *testing.T, h *house) {
	first := &account.User{
		ID: "1", Username: "Ada", Email: "a@b", Name: "Ada L", Claims: []byte(`{"a":1}`), PasswordHash: "p", Admin: true, OtherRoles: account.Roles{account.RoleAuditor, account.RoleOperator}, CreatedAt: h.now, UpdatedAt: h.now,
	}
	must(t, h.CreateUser(ctx, first, "ada", account.IfFirst))
	if err := h.CreateUser(ctx, &account.User{ID: "2"}, "bob", account.IfFirst); !errors.Is(err, account.ErrConflict) {
		t.Errorf("CreateUser with mustBeFirst, if a user exists: %v", err)
	}
	if err := h.CreateUser(ctx, &account.User{ID: "2"}, "ada", account.Unconditionally); !errors.Is(err, account.ErrConflict) {
		t.Errorf("CreateUser with a username that is taken: %v", err)
	}
	if err := h.CreateClient(ctx, &oauth.Client{ID: "1", CreatedAt: h.now}); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("CreateClient with the ID of a user: %v", err)
	}
	got, err := h.UserByName(ctx, "ada")
	must(t, err)
	same(t, "user", *got, *first)
	for role, want := range map[account.Role]int{account.RoleAuditor: 1, account.RoleOperator: 1, "audit": 0, "a_ditor": 0} {
		if found, _, err := h.Users(ctx, account.UserFilter{Role: role}, paging.Page{Limit: 9}); err != nil || len(found) != want {
			t.Errorf("users with the role %q: %d %v", role, len(found), err)
		}
	}
	if _, err := h.UserByName(ctx, "Ada"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("UserByName with a name that is not canonical: %v", err)
	}
	if _, err := h.User(ctx, "none"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("User with an unknown ID: %v", err)
	}

	bob := h.user(t, "bob")
	if err := h.UpdateUser(ctx, bob, "ada", nil); !errors.Is(err, account.ErrConflict) {
		t.Errorf("UpdateUser with the username of another user: %v", err)
	}
	stale := *got
	got.Email, got.PasswordHash, got.OtherRoles = "new@b", "must not be saved", account.Roles{account.RoleAuditor}
	must(t, h.UpdateUser(ctx, got, "ada", nil))
	if err := h.UpdateUser(ctx, &stale, "ada", nil); !errors.Is(err, account.ErrConflict) {
		t.Errorf("UpdateUser with an old version: %v", err)
	}
	again, err := h.User(ctx, "1")
	must(t, err)
	if again.Email != "new@b" || again.PasswordHash != "p" || again.Version != 2 || !slices.Equal(again.OtherRoles, account.Roles{account.RoleAuditor}) {
		t.Errorf("got %+v", again)
	}

	t.Run("metadata is stored beside the user", func(t *testing.T) {
		user := h.user(t, "grace")
		none, err := h.UserMetadata(ctx, user.ID)
		if err != nil || len(none) > 0 {
			t.Errorf("the metadata of a new user: %s %v", none, err)
		}
		must(t, h.SetUserMetadata(ctx, user.ID, []byte(`{"plan":"gold"}`)))
		user.Name = "Grace" // a change that was begun before
		must(t, h.UpdateUser(ctx, user, "grace", nil))
		if got, err := h.UserMetadata(ctx, user.ID); err != nil || string(got) != `{"plan":"gold"}` {
			t.Errorf("the metadata after a change of the user: %s %v", got, err)
		}
		must(t, h.SetUserMetadata(ctx, user.ID, nil))
		if got, err := h.UserMetadata(ctx, user.ID); err != nil || len(got) > 0 {
			t.Errorf("the metadata that was removed: %s %v", got, err)
		}
		if err := h.SetUserMetadata(ctx, "none", nil); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("SetUserMetadata of an unknown user: %v", err)
		}
		if _, err := h.UserMetadata(ctx, "none"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("UserMetadata of an unknown user: %v", err)
		}
	})

	t.Run("UsersByEmail returns verified users first", func(t *testing.T) {
		for _, u := range []account.User{
			{ID: "m1", Username: "m1", Email: "Ada@Example.org"},
			{ID: "m2", Username: "m2", Email: "ada@example.org", Claims: json.RawMessage(`{"email_verified":true}`)},
			{ID: "m3", Username: "m3", Email: "ada@example.org"},
			{ID: "m4", Username: "m4", Email: "ada@example.org.evil"},
			{ID: "m5", Username: "m5", Email: "ada_example.org"},
		} {
			must(t, h.CreateUser(ctx, &u, u.Username, account.Unconditionally))
		}
		users, err := h.UsersByEmail(ctx, "aDA@example.org")
		must(t, err)
		if len(users) != 3 || users[0].ID != "m2" || users[1].ID != "m1" || users[2].ID != "m3" {
			t.Errorf("got %d users, the first is %+v", len(users), users[0])
		}
		if users, err := h.UsersByEmail(ctx, "%"); err != nil || len(users) != 0 {
			t.Errorf("with a wildcard: %v, %v", users, err)
		}
	})

	t.Run("disabling a user ends sessions and blocks tokens", func(t *testing.T) {
		h.client(t, "c")
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "s", UserID: "id-bob", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}, Epoch: h.epoch(t, "id-bob")}))
		h.setNow(h.now.Add(time.Second))
		_, access := h.family(t, "id-bob")
		must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-bob", Disabled: true, At: h.now}))
		unchanged(t, h, "id-bob", true)
		if _, _, err := h.Session(ctx, "s"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the session: %v", err)
		}
		_, standing, err := h.AccessToken(ctx, access.ID)
		if err != nil || !standing.SubjectBlocked {
			t.Errorf("the token: %+v %v", standing, err)
		}
		must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-bob", At: h.now}))
		unchanged(t, h, "id-bob", false)
		if _, standing, err := h.AccessToken(ctx, access.ID); err != nil || standing.SubjectBlocked {
			t.Errorf("the token after the user was enabled again: %+v, %v", standing, err)
		}
	})

	t.Run("SetPassword ends sessions and revokes tokens", func(t *testing.T) {
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "s", UserID: "id-bob", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}, Epoch: h.epoch(t, "id-bob")}))
		_, access := h.family(t, "id-bob")
		bob, err := h.User(ctx, "id-bob")
		must(t, err)
		must(t, h.RenewPasswordHash(ctx, "id-bob", bob.PasswordHash, "q"))
		if err := h.RenewPasswordHash(ctx, "id-bob", bob.PasswordHash, "lost"); !errors.Is(err, account.ErrConflict) {
			t.Errorf("RenewPasswordHash after the hash was changed: %v", err)
		}
		if _, _, err := h.Session(ctx, "s"); err != nil {
			t.Errorf("RenewPasswordHash ended the session: %v", err)
		}
		must(t, h.SetPassword(ctx, account.PasswordChange{User: bob, Hash: "r", At: h.now}))
		if _, _, err := h.Session(ctx, "s"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the session: %v", err)
		}
		if _, standing, err := h.AccessToken(ctx, access.ID); err != nil || standing.RevokedBecause(access.IssuedAt) == "" {
			t.Errorf("the token: %+v %v", standing, err)
		}
		if err := h.SetPassword(ctx, account.PasswordChange{User: &account.User{ID: "none"}, Hash: "r", At: h.now}); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("SetPassword for an unknown user: %v", err)
		}
	})
}

func testSessions(t *testing.T, h *house) {
	h.user(t, "ada")
	first := account.Session{
		ID: "1", SecretHash: [32]byte{7}, UserID: "id-ada", AuthTime: h.now.Add(-time.Hour), ConfirmedAt: h.now.Add(-time.Minute), CreatedAt: h.now, SeenAt: h.now,
		IdleExpiresAt: h.now.Add(30 * time.Minute), ExpiresAt: h.now.Add(time.Hour), Address: "::1", UserAgent: "Browser",
	}
	must(t, h.StartSession(ctx, account.SessionStart{Session: first, Epoch: h.epoch(t, "id-ada")}))
	got, user, err := h.Session(ctx, "1")
	must(t, err)
	same(t, "session", got, first)
	if !user.LastLoginAt.Equal(h.now) {
		t.Errorf("LastLoginAt is %s, want %s", user.LastLoginAt, h.now)
	}
	later := h.now.Add(time.Minute)
	must(t, h.TouchSession(ctx, "1", later, later.Add(time.Hour)))
	must(t, h.TouchSession(ctx, "1", h.now, h.now))
	if got, _, _ := h.Session(ctx, "1"); !got.SeenAt.Equal(later) || !got.IdleExpiresAt.Equal(later.Add(time.Hour)) {
		t.Errorf("SeenAt is %s and IdleExpiresAt %s, want %s and an hour later", got.SeenAt, got.IdleExpiresAt, later)
	}
	second := first
	second.ID = "2"
	must(t, h.StartSession(ctx, account.SessionStart{Session: second, Replaces: "1"}))
	if _, _, err := h.Session(ctx, "1"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the replaced session: %v", err)
	}
	must(t, h.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"2", "unknown"}, At: h.now}))
	if _, _, err := h.Session(ctx, "2"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the ended session: %v", err)
	}
	if err := h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "3", UserID: "none", CreatedAt: h.now}}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("StartSession for an unknown user: %v", err)
	}
	must(t, h.StartSession(ctx, account.SessionStart{Session: first, Epoch: h.epoch(t, "id-ada")}))
	must(t, h.EndSessions(ctx, oauth.SessionsEnd{Subject: "id-ada", At: h.now}))
	if _, _, err := h.Session(ctx, "1"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the session after EndSessions of the subject: %v", err)
	}
}

// unchanged tests that an account that is disabled or enabled already does not change if that is repeated.
func unchanged(t *testing.T, h *house, id string, disabled bool) {
	t.Helper()
	before, err := h.User(ctx, id)
	must(t, err)
	must(t, h.SwitchUser(ctx, account.Switch{UserID: id, Disabled: disabled, At: h.now.Add(time.Hour)}))
	after, err := h.User(ctx, id)
	must(t, err)
	if after.Disabled != disabled || after.Version != before.Version || after.LoginEpoch != before.LoginEpoch || !after.UpdatedAt.Equal(before.UpdatedAt) {
		t.Errorf("disabled again: %t: before %+v, after %+v", disabled, before, after)
	}
}
