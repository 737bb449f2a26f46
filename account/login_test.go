package account_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/account"
)

func TestLoginIgnoresTheCaseOfTheUsername(t *testing.T) {
	p := newPeople(t)
	if u, device := p.mustLogin(t, "ADA", "192.0.2.1"); u.Username != "Ada" || device == "" {
		t.Errorf("got %+v, device cookie %q", u, device)
	}
}

func TestLoginDoesNotRevealWhetherTheUsernameExists(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	for name, attempt := range map[string][2]string{
		"wrong password":     {"ada", "x"},
		"unknown username":   {"eve", password},
		"invalid username":   {"a\x00b", password},
		"very long password": {"ada", strings.Repeat("x", 1<<20)},
	} {
		if _, _, err := p.login(attempt[0], attempt[1], "", "192.0.2.2"); !errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.Disable(ctx, ada.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.login("ada", password, "", "192.0.2.3"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("disabled account: %v", err)
	}
}

// NIST SP 800-63B §5.1.1.2: passwords are normalized before they are hashed.
func TestPasswordsAreComparedInOneUnicodeForm(t *testing.T) {
	p := newPeople(t)
	if _, err := p.Create(ctx, account.NewUser{Username: "bob", Password: "cafe\u0301 cre\u0300me"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.login("bob", "caf\u00e9 cr\u00e8me", "", "192.0.2.1"); err != nil {
		t.Errorf("composed letters: %v", err)
	}
	if _, _, err := p.login("bob", "cafe creme", "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("without accents: %v", err)
	}
	if account.CheckPassword(strings.Repeat("e\u0301", 7), "bob") == nil {
		t.Error("seven characters in fourteen code points are accepted as a password")
	}
}

func TestLoginRenewsAnOutdatedHashAndKeepsSessions(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	p.InsecurePasswordHashes = false
	old, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Store.RenewPasswordHash(ctx, ada.ID, ada.PasswordHash, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p.mustLogin(t, "ada", "192.0.2.1")
	}
	if ada, err = p.Store.User(ctx, ada.ID); err != nil || !strings.Contains(ada.PasswordHash, "m=19456,t=2,p=1") {
		t.Errorf("the hash is %q, %v", ada.PasswordHash, err)
	}
	if _, _, err := p.Session(ctx, cookie); err != nil {
		t.Errorf("the session ended: %v", err)
	}
}

// keyRecorder is a Store that records the keys of attempts.
type keyRecorder struct {
	account.Store
	keys []string
}

func (s *keyRecorder) EndAttempt(ctx context.Context, counts []account.AttemptCount, failed bool, resets string) error {
	s.keys = append(s.keys, resets)
	for _, count := range counts {
		s.keys = append(s.keys, count.Key)
	}
	return s.Store.EndAttempt(ctx, counts, failed, resets)
}

// People sometimes type their password into the username field.
func TestKeysOfAttemptsDoNotContainTheTypedUsername(t *testing.T) {
	p := newPeople(t)
	store := &keyRecorder{Store: p.Store}
	accounts := account.New(account.Config{Store: store, Clock: p.Clock, InsecurePasswordHashes: p.InsecurePasswordHashes})
	if _, _, err := accounts.Login(ctx, account.Attempt{Username: "ada", Password: password, Address: netip.MustParseAddr("192.0.2.1")}); err != nil {
		t.Fatal(err)
	}
	if len(store.keys) == 0 || strings.Contains(strings.Join(store.keys, " "), "ada") {
		t.Errorf("the keys are %q", store.keys)
	}
}

// unavailableStore is a Store whose database cannot be reached.
type unavailableStore struct {
	account.Store
	t *testing.T
}

func (s unavailableStore) BeginAttempt(context.Context, []account.AttemptLimit, time.Duration, time.Time) ([]account.AttemptCount, bool, error) {
	return nil, false, account.ErrUnavailable
}

func (s unavailableStore) EndAttempt(context.Context, []account.AttemptCount, bool, string) error {
	s.t.Error("the Store was called again")
	return account.ErrUnavailable
}

func TestLoginFailsAtTheFirstErrorOfTheStore(t *testing.T) {
	p := newPeople(t)
	accounts := account.New(account.Config{Store: unavailableStore{p.Store, t}, Clock: p.Clock, InsecurePasswordHashes: p.InsecurePasswordHashes})
	if _, _, err := accounts.Login(ctx, account.Attempt{Username: "ada", Password: password}); !errors.Is(err, account.ErrUnavailable) {
		t.Error(err)
	}
}

// TestFailureOfPasswordKeyDoesNotCountAsAGuess, which would keep people out after the failure is over.
func TestFailureOfPasswordKeyDoesNotCountAsAGuess(t *testing.T) {
	p := newPeople(t)
	failing := account.New(account.Config{
		Store: p.Store, Clock: p.Clock, InsecurePasswordHashes: true,
		PasswordKey: func([]byte, []byte, uint32, uint32, uint8, uint32) []byte { return nil },
	})
	attempt := account.Attempt{Username: "ada", Password: password, Address: netip.MustParseAddr("192.0.2.1")}
	for range 11 {
		if _, _, err := failing.Login(ctx, attempt); !errors.Is(err, account.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if _, _, err := p.Login(ctx, attempt); err != nil {
		t.Error(err)
	}
}

func TestLoginAcceptsAVerifiedAddress(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	p.createWithEmail(t, "eve", "bob@x.example", false)
	for _, name := range []string{"bob", "bob@x.example", " BOB@X.example "} {
		if u, _, err := p.login(name, password, "", "192.0.2.1"); err != nil || u.ID != bob.ID {
			t.Errorf("%q: %+v, %v", name, u, err)
		}
	}
	p.createWithEmail(t, "carol", "carol@x.example", false)
	if _, _, err := p.login("carol@x.example", password, "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("an address that is not verified: %v", err)
	}
	p.createWithEmail(t, "bob2", "bob@x.example", true)
	if _, _, err := p.login("bob@x.example", password, "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("an address that two accounts have verified: %v", err)
	}
}

// Neither a username nor an address locks out the owner of the other.
func TestLoginWithANameThatIsAlsoAnAddress(t *testing.T) {
	p := newPeople(t)
	owner := p.createWithEmail(t, "owner", "shared@x.example", true)
	other, err := p.Create(ctx, account.NewUser{Username: "shared@x.example", Password: "quite another password"})
	if err != nil {
		t.Fatal(err)
	}
	if u, _, err := p.login("shared@x.example", password, "", "192.0.2.1"); err != nil || u.ID != owner.ID {
		t.Errorf("the owner of the address: %+v, %v", u, err)
	}
	if u, _, err := p.login("shared@x.example", "quite another password", "", "192.0.2.1"); err != nil || u.ID != other.ID {
		t.Errorf("the owner of the username: %+v, %v", u, err)
	}
}

// Guesses with the username and with the address count together.
func TestGuessesWithTheAddressCountForTheAccount(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "bob", "bob@x.example", true)
	for i := range 60 {
		name := []string{"bob", "bob@x.example"}[i%2]
		if err := p.guess(1, name, "", address(i)); isThrottled(err) {
			if i < 49 {
				t.Errorf("throttled after %d guesses", i)
			}
			return
		}
	}
	t.Error("60 guesses from 60 addresses are not throttled")
}

// Another person can guess at both accounts. The owner of the address is not locked out
// of a browser in which they have logged in before.
func TestGuessesAtANameThatIsAnAddressDoNotLockOutAKnownBrowser(t *testing.T) {
	p := newPeople(t)
	owner := p.createWithEmail(t, "owner", "shared@x.example", true)
	if _, err := p.Create(ctx, account.NewUser{Username: "shared@x.example", Password: "quite another password"}); err != nil {
		t.Fatal(err)
	}
	_, device := p.mustLogin(t, "owner", "192.0.2.1")
	if err := p.guessFromManyAddresses(51, "shared@x.example"); !isThrottled(err) {
		t.Fatalf("after 51 guesses: %v", err)
	}
	if u, _, err := p.login("shared@x.example", password, device, "203.0.113.1"); err != nil || u.ID != owner.ID {
		t.Errorf("in the known browser: %+v, %v", u, err)
	}
	if _, _, err := p.login("shared@x.example", "wrong", device, "203.0.113.1"); !isThrottled(err) {
		t.Errorf("with a wrong password: %v", err)
	}
}
