package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// factor returns a factor whose ID begins with a number.
func (h *house) factor(number byte, kind account.FactorKind) account.Factor {
	return account.Factor{ID: account.FactorID{number}, Kind: kind, Name: "Name", Body: "body", Step: 5, CreatedAt: h.now}
}

// withFactor adds a user with a factor.
func (h *house) withFactor(t *testing.T, name string, f account.Factor) *account.User {
	t.Helper()
	u := h.user(t, name)
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Factors: []account.FactorKind{f.Kind}, Add: []account.Factor{f}, At: h.now}))
	return u
}

// login starts a session with the use of a factor.
func (h *house) login(u *account.User, session string, use account.FactorUse) error {
	use.At = h.now
	return h.StartSession(ctx, account.SessionStart{Session: h.session(session, u.ID), Epoch: u.LoginEpoch, Use: &use})
}

func (h *house) session(id, user string) account.Session {
	return account.Session{
		ID: id, UserID: user, AuthTime: h.now, Methods: []string{"pwd", "otp"}, CreatedAt: h.now, SeenAt: h.now,
		IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour),
	}
}

// testBlockEnds: switching a user removes the mark of a directory's block, and no other factor.
func testBlockEnds(t *testing.T, h *house) {
	mark := account.Factor{ID: account.DirectoryBlockKey("id-ada"), Kind: account.FactorExternal, CreatedAt: h.now}
	ada, other := h.user(t, "ada"), h.factor(1, account.FactorExternal)
	h.withFactor(t, "bob", account.Factor{ID: account.DirectoryBlockKey("id-bob"), Kind: account.FactorExternal, CreatedAt: h.now})
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: ada, Add: []account.Factor{other}, At: h.now}))
	for _, disabled := range []bool{true, false} {
		must(t, h.ChangeFactors(ctx, account.FactorChange{User: ada, Add: []account.Factor{mark}, At: h.now}))
		must(t, h.SwitchUser(ctx, account.Switch{UserID: ada.ID, Disabled: disabled, At: h.now}))
		factors, err := h.Factors(ctx, ada.ID)
		if err != nil || len(factors) != 1 || factors[0].ID != other.ID {
			t.Errorf("disabled %v: the factors are %v, %v", disabled, factors, err)
		}
		ada, err = h.User(ctx, ada.ID)
		must(t, err)
	}
	if _, _, err := h.Factor(ctx, account.DirectoryBlockKey("id-bob")); err != nil {
		t.Errorf("the block of another person: %v", err)
	}
}

// testFactorsOfNewUsers: factors are stored with a new user. If one of them is taken, or two are the
// same, the user is not created.
func testFactorsOfNewUsers(t *testing.T, h *house) {
	taken, free, second := h.factor(1, account.FactorExternal), h.factor(2, account.FactorExternal), h.factor(3, account.FactorExternal)
	h.withFactor(t, "eve", taken)
	create := func(name string, factors ...account.Factor) error {
		u := &account.User{ID: "id-" + name, Username: name, CreatedAt: h.now, UpdatedAt: h.now}
		return h.CreateUser(ctx, u, name, account.Unconditionally, factors...)
	}
	for name, factors := range map[string][]account.Factor{"taken": {free, taken}, "twice": {free, free}} {
		if err := create(name, factors...); !errors.Is(err, account.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := h.User(ctx, "id-"+name); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: the user exists: %v", name, err)
		}
	}
	must(t, create("ada", free, second))
	if factors, err := h.Factors(ctx, "id-ada"); err != nil || len(factors) != 2 {
		t.Errorf("the factors of a new user are %v, %v", factors, err)
	}
	ada, err := h.User(ctx, "id-ada")
	must(t, err)
	third := h.factor(4, account.FactorExternal)
	for name, err := range map[string]error{
		"ReviseUser":    h.ReviseUser(ctx, account.UserRevision{User: ada, Add: []account.Factor{third, third}, At: h.now}),
		"ChangeFactors": h.ChangeFactors(ctx, account.FactorChange{User: ada, Add: []account.Factor{third, third}, At: h.now}),
	} {
		if !errors.Is(err, account.ErrConflict) {
			t.Errorf("%s with a factor twice: %v", name, err)
		}
	}
}

func testFactors(t *testing.T, h *house) {
	ada, bob := h.user(t, "ada"), h.user(t, "bob")
	passkey, code := h.factor(1, account.FactorPasskey), h.factor(2, account.FactorRecoveryCode)
	passkey.Counter, code.ExpiresAt = 7, h.now.Add(time.Hour)
	stale := *ada
	otherEpoch := stale
	otherEpoch.Version++
	otherEpoch.LoginEpoch++
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: ada, Factors: []account.FactorKind{account.FactorPasskey}, Add: []account.Factor{passkey, code}, At: h.now}))
	passkey.UserID, code.UserID = ada.ID, ada.ID

	found, owner, err := h.Factor(ctx, passkey.ID)
	must(t, err)
	same(t, "the factor", found, passkey)
	stored, err := h.User(ctx, ada.ID)
	must(t, err)
	same(t, "the owner", *owner, *stored)
	if stored.Version != stale.Version+1 || ada.Version != stored.Version || fmt.Sprint(stored.Factors) != "[passkey]" || stored.LoginEpoch != stale.LoginEpoch {
		t.Errorf("the user after the change: %+v", stored)
	}
	all, err := h.Factors(ctx, ada.ID)
	must(t, err)
	same(t, "all factors", all, []account.Factor{passkey, code})

	for name, c := range map[string]account.FactorChange{
		"an old version":                     {User: &stale, Factors: []account.FactorKind{}, Remove: []account.FactorID{passkey.ID}},
		"another login epoch":                {User: &otherEpoch, Factors: []account.FactorKind{}, Remove: []account.FactorID{passkey.ID}},
		"the factor of another one":          {User: bob, Factors: []account.FactorKind{account.FactorTOTP}, Add: []account.Factor{h.factor(3, account.FactorTOTP), h.factor(1, account.FactorPasskey)}},
		"the replaced factor of another one": {User: bob, Factors: []account.FactorKind{account.FactorPasskey}, Remove: []account.FactorID{passkey.ID}, Add: []account.Factor{h.factor(1, account.FactorPasskey)}},
	} {
		c.At = h.now
		if err := h.ChangeFactors(ctx, c); !errors.Is(err, account.ErrConflict) {
			t.Errorf("a change with %s: %v", name, err)
		}
	}
	if err := h.ChangeFactors(ctx, account.FactorChange{User: &account.User{ID: "none", Version: 1}, At: h.now}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a change of a user who does not exist: %v", err)
	}
	// Bob can neither remove nor rename what belongs to Ada.
	bob, err = h.User(ctx, bob.ID)
	must(t, err)
	if bob.Version != 1 || len(bob.Factors) > 0 {
		t.Errorf("a change that failed has changed the user: %+v", bob)
	}
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: bob, Remove: []account.FactorID{passkey.ID}, Rename: map[account.FactorID]string{code.ID: "Bob's"}, At: h.now}))
	all, err = h.Factors(ctx, ada.ID)
	must(t, err)
	same(t, "all factors", all, []account.Factor{passkey, code})
	if none, err := h.Factors(ctx, bob.ID); err != nil || len(none) > 0 {
		t.Errorf("the factors of bob: %v, %v", none, err)
	}

	// Remove, rename and add, and end the other sessions.
	for _, id := range []string{"this", "other"} {
		must(t, h.login(ada, id, account.FactorUse{ID: passkey.ID, Step: int64(10 + len(id)), Counter: int64(10 + len(id))}))
	}
	h.removePersonalTokens(t, ada.ID)
	ada, err = h.User(ctx, ada.ID)
	must(t, err)
	totp := h.factor(4, account.FactorTOTP)
	totp.CreatedAt = h.now.Add(time.Second)
	must(t, h.ChangeFactors(ctx, account.FactorChange{
		User: ada, Factors: []account.FactorKind{account.FactorTOTP}, Add: []account.Factor{totp}, Remove: []account.FactorID{passkey.ID},
		Rename: map[account.FactorID]string{code.ID: "Paper"}, EndSessions: true, KeepSession: "this", At: h.now,
	}))
	all, err = h.Factors(ctx, ada.ID)
	must(t, err)
	code.Name, totp.UserID = "Paper", ada.ID
	same(t, "all factors", all, []account.Factor{code, totp})
	if _, _, err := h.Factor(ctx, passkey.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a factor that was removed: %v", err)
	}
	if _, _, err := h.Session(ctx, "this"); err != nil {
		t.Errorf("the session to be kept: %v", err)
	}
	if _, _, err := h.Session(ctx, "other"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("another session: %v", err)
	}
	if ada.LoginEpoch != 1 || h.epoch(t, ada.ID) != 1 {
		t.Errorf("the login epoch is %d", ada.LoginEpoch)
	}

	must(t, h.SwitchUser(ctx, account.Switch{UserID: ada.ID, Disabled: true, At: h.now}))
	if _, owner, err := h.Factor(ctx, totp.ID); err != nil || !owner.Disabled {
		t.Errorf("a factor of a user who is disabled: %v, %v", owner, err)
	}
}

// testFactorUses: a person with a second factor gets a session only with it, and each
// proof starts one session.
func testFactorUses(t *testing.T, h *house) {
	ada, bob := h.withFactor(t, "ada", h.factor(1, account.FactorTOTP)), h.withFactor(t, "bob", h.factor(2, account.FactorPasskey))
	h.user(t, "eve")
	if err := h.StartSession(ctx, account.SessionStart{Session: h.session("s", ada.ID), Epoch: ada.LoginEpoch}); !errors.Is(err, account.ErrSecondFactor) {
		t.Errorf("a session without the factor: %v", err)
	}
	if err := h.StartSession(ctx, account.SessionStart{Session: h.session("s", ada.ID), Epoch: ada.LoginEpoch + 1}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a session with another epoch: %v", err)
	}
	counted := h.factor(3, account.FactorPasskey)
	counted.Counter = 9
	short := h.factor(4, account.FactorBrowser)
	short.ExpiresAt = h.now.Add(time.Minute)
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: ada, Factors: []account.FactorKind{account.FactorPasskey, account.FactorTOTP}, Add: []account.Factor{counted, short}, At: h.now}))

	for i, test := range []struct {
		name          string
		factor        byte
		step, counter int64
		want          error
	}{
		{"a smaller step", 1, 4, 0, account.ErrFactorUsed},
		{"the same step", 1, 5, 0, account.ErrFactorUsed},
		{"a greater step", 1, 6, 0, nil},
		{"the step that was just used", 1, 6, 0, account.ErrFactorUsed},
		{"the same counter", 3, 6, 9, account.ErrFactorUsed},
		{"a smaller counter", 3, 6, 8, account.ErrFactorUsed},
		{"a counter that was lost", 3, 6, 0, account.ErrFactorUsed},
		{"a greater counter and an old step", 3, 5, 10, account.ErrFactorUsed},
		{"a greater counter", 3, 6, 10, nil},
		{"a factor of another person", 2, 6, 0, account.ErrFactorUsed},
		{"a factor that does not exist", 9, 6, 0, account.ErrFactorUsed},
		{"a factor that has not expired", 4, 6, 0, nil},
	} {
		err := h.login(ada, fmt.Sprint("ada", i), account.FactorUse{ID: account.FactorID{test.factor}, Step: test.step, Counter: test.counter})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if _, _, err := h.Session(ctx, fmt.Sprint("ada", i)); (err == nil) != (test.want == nil) {
			t.Errorf("%s: the session: %v", test.name, err)
		}
	}
	h.setNow(h.now.Add(time.Minute))
	if err := h.login(ada, "late", account.FactorUse{ID: short.ID, Step: 7}); !errors.Is(err, account.ErrFactorUsed) {
		t.Errorf("a factor that has expired: %v", err)
	}

	// A use that is refused changes nothing.
	wrong := *bob
	wrong.LoginEpoch++
	if err := h.login(&wrong, "s", account.FactorUse{ID: account.FactorID{2}, Step: 6}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a factor with another epoch: %v", err)
	}
	if err := h.login(&account.User{ID: "none"}, "s", account.FactorUse{ID: account.FactorID{2}, Step: 6}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a factor of nobody: %v", err)
	}
	must(t, h.login(bob, "bobs", account.FactorUse{ID: account.FactorID{2}, Step: 6, Body: "changed"}))
	session, user, err := h.Session(ctx, "bobs")
	must(t, err)
	if fmt.Sprint(session.Methods) != "[pwd otp]" || fmt.Sprint(user.Factors) != "[passkey]" {
		t.Errorf("the session has %v, and the user %v", session.Methods, user.Factors)
	}
	used, _, err := h.Factor(ctx, account.FactorID{2})
	must(t, err)
	if used.Step != 6 || used.Body != "changed" || !used.UsedAt.Equal(h.now) || used.Name != "Name" {
		t.Errorf("the factor after its use: %+v", used)
	}

	// A login in the same browser renews the session.
	renewed := h.session("bobs", bob.ID)
	renewed.Methods, renewed.ConfirmedAt = []string{"hwk"}, h.now
	must(t, h.StartSession(ctx, account.SessionStart{Session: renewed, Epoch: bob.LoginEpoch, Replaces: "bobs", Use: &account.FactorUse{ID: account.FactorID{2}, Step: 7, At: h.now}}))
	if session, _, err = h.Session(ctx, "bobs"); err != nil || fmt.Sprint(session.Methods) != "[hwk]" || !session.ConfirmedAt.Equal(h.now) {
		t.Errorf("the session after another login: %+v, %v", session, err)
	}
	// A change of the profile keeps the factors.
	user.Name, user.Factors = "Bob", nil
	must(t, h.UpdateUser(ctx, user, "bob", nil))
	if user, err = h.User(ctx, bob.ID); err != nil || fmt.Sprint(user.Factors) != "[passkey]" {
		t.Errorf("after a change of the profile: %+v, %v", user, err)
	}
}

// testFactorContention: of any number of callers with the same proof, exactly one
// starts a session, and of any number of changes that know the same factors, exactly
// one is made.
func testFactorContention(t *testing.T, h *house) {
	const callers = 16
	ada := h.withFactor(t, "ada", h.factor(1, account.FactorTOTP))
	count := func(name string, errs []error, refused error) {
		wins := 0
		for _, err := range errs {
			if err == nil {
				wins++
			} else if !errors.Is(err, refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if wins != 1 {
			t.Errorf("%s: %d callers win", name, wins)
		}
	}
	count("the same step", together(callers, func(i int) error {
		return h.login(ada, fmt.Sprint("s", i), account.FactorUse{ID: account.FactorID{1}, Step: 6})
	}), account.ErrFactorUsed)
	sessions := 0
	for i := range callers {
		if _, _, err := h.Session(ctx, fmt.Sprint("s", i)); err == nil {
			sessions++
		}
	}
	if sessions != 1 {
		t.Errorf("%d sessions were started", sessions)
	}
	count("changes of the same version", together(callers, func(i int) error {
		u := *ada
		return h.ChangeFactors(ctx, account.FactorChange{User: &u, Add: []account.Factor{h.factor(byte(100+i), account.FactorRecoveryCode)}, At: h.now})
	}), account.ErrConflict)
	if all, err := h.Factors(ctx, ada.ID); err != nil || len(all) != 2 {
		t.Errorf("%d factors, %v", len(all), err)
	}
	// The factor is removed while it is used.
	current, err := h.User(ctx, ada.ID)
	must(t, err)
	epoch := current.LoginEpoch
	errs := together(callers, func(i int) error {
		if i == 0 {
			return h.ChangeFactors(ctx, account.FactorChange{User: current, Remove: []account.FactorID{{1}}, EndSessions: true, At: h.now})
		}
		return h.login(&account.User{ID: ada.ID, LoginEpoch: epoch}, fmt.Sprint("r", i), account.FactorUse{ID: account.FactorID{1}, Step: int64(100 + i)})
	})
	must(t, errs[0])
	for i := range callers {
		if _, _, err := h.Session(ctx, fmt.Sprint("r", i)); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("a session with a factor that was removed: %v", err)
		}
	}
}

// testFactorsOfExpiredUsers: what belongs to a person is deleted with the person.
func testFactorsOfExpiredUsers(t *testing.T, h *house) {
	u := &account.User{ID: "id-ada", Username: "ada", CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
	must(t, h.CreateUser(ctx, u, "ada", account.Unconditionally))
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Factors: []account.FactorKind{account.FactorTOTP}, Add: []account.Factor{h.factor(1, account.FactorTOTP)}, At: h.now}))
	bob := h.withFactor(t, "bob", h.factor(2, account.FactorTOTP))
	h.setNow(h.now.Add(time.Hour))
	if n, err := h.DeleteExpiredUsers(ctx, h.now); n != 1 || err != nil {
		t.Fatalf("%d users were deleted, %v", n, err)
	}
	if all, err := h.Factors(ctx, u.ID); err != nil || len(all) > 0 {
		t.Errorf("the factors of a user who was deleted: %v, %v", all, err)
	}
	if all, err := h.Factors(ctx, bob.ID); err != nil || len(all) != 1 {
		t.Errorf("the factors of another user: %v, %v", all, err)
	}
}

// removePersonalTokens: those of all people that were created at or before the time, and no other
// factors.
func (h *house) removePersonalTokens(t *testing.T, person string) {
	t.Helper()
	before, err := h.Factors(ctx, person)
	must(t, err)
	u, err := h.User(ctx, person)
	must(t, err)
	old, late := h.factor(0xf1, account.FactorToken), h.factor(0xf2, account.FactorToken)
	late.CreatedAt = h.now.Add(time.Second)
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Factors: u.Factors, Add: []account.Factor{old, late}, At: h.now}))
	for _, until := range []time.Time{h.now.Add(-time.Millisecond), h.now, h.now.Add(time.Second)} {
		must(t, h.RemoveFactors(ctx, account.FactorToken, until))
		all, err := h.Factors(ctx, person)
		must(t, err)
		want := slices.Clone(before)
		for _, f := range []account.Factor{old, late} {
			if f.UserID = person; f.CreatedAt.After(until) {
				want = append(want, f)
			}
		}
		same(t, "the factors after the removal of personal tokens", all, want)
	}
}
