package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testDistinctUsernames(t *testing.T, h *house) {
	create := func(id, name string, only account.Condition) error {
		return h.CreateUser(ctx, &account.User{ID: id, Username: name, CreatedAt: h.now}, name, only)
	}
	must(t, create("1", "paypal", account.IfDistinct))
	if err := create("2", "p\u0430ypal", account.IfDistinct); !errors.Is(err, account.ErrConflict) {
		t.Errorf("IfDistinct with a name that looks like another: %v", err)
	}
	must(t, create("3", "p\u0430ypal", account.Unconditionally))
	must(t, create("4", "bob", account.IfDistinct))
	renamed, err := h.User(ctx, "4")
	must(t, err)
	renamed.Username = "carol"
	must(t, h.UpdateUser(ctx, renamed, "carol", nil))
	if err := create("5", "caro1", account.IfDistinct); !errors.Is(err, account.ErrConflict) {
		t.Errorf("IfDistinct with a name that looks like the new name of a user: %v", err)
	}
	must(t, create("6", "b0b", account.IfDistinct))

	var won atomic.Int64
	var all sync.WaitGroup
	for i, name := range []string{"eve", "\u0435ve", "ev\u0435", "\u0435v\u0435"} {
		all.Go(func() {
			err := create(fmt.Sprint("e", i), name, account.IfDistinct)
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, account.ErrConflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of four names that look alike were created at the same time", won.Load())
	}
}

// expiring adds a user who expires in an hour, and logs them in for a while.
func (h *house) expiring(t *testing.T, name string, session time.Duration) *account.User {
	t.Helper()
	u := &account.User{ID: "id-" + name, Username: name, Email: name + "@x.example", PasswordHash: "x", CreatedAt: h.now, UpdatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	must(t, h.CreateUser(ctx, u, name, account.IfDistinct))
	h.logIn(t, u.ID, name+" 1", session)
	return u
}

// logIn starts a session that ends after ttl.
func (h *house) logIn(t *testing.T, userID, id string, ttl time.Duration) {
	t.Helper()
	must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: userID, CreatedAt: h.now, AuthTime: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(ttl), ExpiresAt: h.now.Add(ttl)}, Epoch: h.epoch(t, userID)}))
}

func testExpiringUsers(t *testing.T, h *house) {
	h.user(t, "bob")
	ada := h.expiring(t, "ada", time.Minute)
	got, err := h.User(ctx, ada.ID)
	must(t, err)
	if !got.ExpiresAt.Equal(h.now.Add(time.Hour)) {
		t.Errorf("after the first login, ExpiresAt is %s", got.ExpiresAt)
	}
	got.Name = "Ada"
	must(t, h.UpdateUser(ctx, got, "ada", nil))
	if n, err := h.DeleteExpiredUsers(ctx, h.now.Add(time.Hour-time.Millisecond)); n != 0 || err != nil {
		t.Errorf("%d users were deleted before their time: %v", n, err)
	}
	h.setNow(h.now.Add(time.Hour))
	if n, err := h.DeleteExpiredUsers(ctx, h.now); n != 1 || err != nil {
		t.Errorf("%d users were deleted: %v", n, err)
	}
	if _, err := h.User(ctx, ada.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the expired user: %v", err)
	}
	if _, err := h.User(ctx, "id-bob"); err != nil {
		t.Errorf("another user: %v", err)
	}
	if _, _, err := h.Session(ctx, "ada 1"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the session of the expired user: %v", err)
	}
	c := h.client(t, "shop")
	family := oauth.Family{ID: oauth.NewID(h.now), ClientID: c.ID, Permission: oauth.Permission{Subject: ada.ID}, IssuedAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}
	if err := h.approve(oauth.Approval{Family: &family}); err == nil {
		if _, standing, err := h.Family(ctx, family.ID); err != nil || !standing.SubjectBlocked {
			t.Errorf("the subject of the expired user: %+v %v", standing, err)
		}
	}
	must(t, h.CreateUser(ctx, &account.User{ID: "new", Username: "ada"}, "ada", account.IfDistinct))

	for i := range account.MaxExpiredUsers + 1 {
		u := &account.User{ID: fmt.Sprint("many", i), Username: fmt.Sprint("many", i), ExpiresAt: h.now.Add(time.Second)}
		must(t, h.CreateUser(ctx, u, u.Username, account.Unconditionally))
	}
	h.setNow(h.now.Add(time.Minute))
	for _, want := range []int{account.MaxExpiredUsers, 1, 0} {
		if n, err := h.DeleteExpiredUsers(ctx, h.now); n != want || err != nil {
			t.Errorf("%d users were deleted in a call, want %d: %v", n, want, err)
		}
	}
}

func testUsersThatDoNotExpire(t *testing.T, h *house) {
	names := map[string]func(u *account.User){
		"confirmed": func(u *account.User) {
			u.ExpiresAt = time.Time{}
			must(t, h.UpdateUser(ctx, u, u.Username, nil))
		},
		"again":    func(u *account.User) { h.logIn(t, u.ID, "again 2", time.Minute) },
		"loggedin": nil, // for two hours
		"kept":     func(u *account.User) { must(t, h.KeepUser(ctx, u.ID)) },
		"password": func(u *account.User) {
			must(t, h.SetPassword(ctx, account.PasswordChange{User: u, Hash: "y", At: h.now}))
		},
		"disabled": func(u *account.User) {
			must(t, h.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: true, At: h.now}))
		},
	}
	for name, use := range names {
		session := time.Minute
		if use == nil {
			session = 2 * time.Hour
		}
		h.expiring(t, name, session)
		u, err := h.User(ctx, "id-"+name)
		must(t, err)
		if use != nil {
			use(u)
		}
	}
	h.setNow(h.now.Add(90 * time.Minute))
	if n, err := h.DeleteExpiredUsers(ctx, h.now); n != 0 || err != nil {
		t.Errorf("%d users were deleted: %v", n, err)
	}
	for name := range names {
		if u, err := h.User(ctx, "id-"+name); err != nil || !u.ExpiresAt.IsZero() {
			t.Errorf("%s: %+v %v", name, u, err)
		}
	}
	if err := h.KeepUser(ctx, "none"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("KeepUser of an unknown user: %v", err)
	}
}

// testExpiryContention logs in again at the moment in which an account is deleted.
func testExpiryContention(t *testing.T, h *house) {
	loginAtExpiry(t, h, func(name string) *account.User { return h.expiring(t, name, time.Minute) })
}

// testFirstLoginAtExpiry logs in for the first time at that moment.
func testFirstLoginAtExpiry(t *testing.T, h *house) {
	loginAtExpiry(t, h, func(name string) *account.User {
		u := &account.User{ID: "id-" + name, Username: name, CreatedAt: h.now, UpdatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
		must(t, h.CreateUser(ctx, u, name, account.Unconditionally))
		return u
	})
}

// loginAtExpiry tests that a login either keeps the account, or finds none.
func loginAtExpiry(t *testing.T, h *house, create func(name string) *account.User) {
	for i := range 20 {
		u := create(fmt.Sprint("user", i))
		h.setNow(h.now.Add(time.Hour))
		var login error
		var all sync.WaitGroup
		all.Go(func() {
			login = h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: u.Username + " 2", UserID: u.ID, CreatedAt: h.now, AuthTime: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}})
		})
		all.Go(func() {
			if _, err := h.DeleteExpiredUsers(ctx, h.now); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		_, err := h.User(ctx, u.ID)
		if deleted := errors.Is(err, account.ErrNotFound); deleted != errors.Is(login, account.ErrNotFound) || (!deleted && (err != nil || login != nil)) {
			t.Errorf("the login: %v; the user: %v", login, err)
		}
	}
}
