package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Attempt is an attempt to log in.
type Attempt struct {
	// Username is a username or a verified email address.
	Username, Password string
	// Address is the client's address, or the zero Addr if it is unknown.
	Address netip.Addr
	// Browser is the name of a known browser, as in Visitor.
	Browser string
	// DeviceCookie is the value that Login returned to this browser before, for
	// any account. It may be empty.
	DeviceCookie string
}

// Login checks a username, or an email address that one account has verified, and
// a password. It returns the user and a new device cookie for the browser to
// store. It returns ErrWrongPassword if the username or the password is wrong, an
// error that wraps ErrWrongPassword and ErrDisabled if the password of a disabled account is right,
// *ToBeDeletedError if the person has requested the deletion of the account, and
// *ThrottledError after too many failed attempts. Unknown usernames are
// throttled and verified like existing ones, so that an attacker cannot find out
// which usernames exist. If the browser is new for the account, the owner of the
// account gets an email.
//
// A person with a second factor is not logged in yet: there is neither a device cookie nor
// an email. Continue with SealLogin.
func (a *Accounts) Login(ctx context.Context, attempt Attempt) (*User, string, error) {
	user, err := a.CheckPassword(ctx, attempt)
	if leaves, ok := errors.AsType[*ToBeDeletedError](err); ok && len(leaves.user.Factors) > 0 {
		return leaves.user, "", nil // the second step returns the error
	}
	if err != nil {
		return nil, "", err
	}
	if len(user.Factors) > 0 {
		return user, "", nil
	}
	if err := a.notifyOfBrowser(ctx, user, attempt.DeviceCookie, Visitor{attempt.Address, attempt.Browser}); err != nil {
		return nil, "", err
	}
	return user, a.NewDeviceCookie(user, attempt.DeviceCookie), nil
}

// CheckPassword checks a username and a password with the limits and the errors of
// Login. It is not a login: the owner of the account gets no email.
func (a *Accounts) CheckPassword(ctx context.Context, attempt Attempt) (*User, error) {
	users, err := a.loginCandidates(ctx, attempt.Username)
	if err != nil {
		return nil, err
	}
	failure := ErrWrongPassword
	for _, user := range users {
		err := a.checkPasswordOf(ctx, user, attempt)
		if _, throttled := errors.AsType[*ThrottledError](err); throttled {
			failure = err // guesses at one of the accounts do not lock out the owner of the other
		} else if _, leaves := errors.AsType[*ToBeDeletedError](err); leaves {
			failure = err
		} else if err == nil {
			return user, nil
		} else if errors.Is(err, ErrDisabled) {
			if failure == ErrWrongPassword { //nolint:errorlint // the first failure
				failure = err
			}
		} else if !errors.Is(err, ErrWrongPassword) {
			return nil, err
		}
	}
	return nil, failure
}

// errDisabledLogin is the error of a login with the right password of a disabled account. The person
// sees the same message as for a wrong password.
var errDisabledLogin = fmt.Errorf("%w: %w", ErrWrongPassword, ErrDisabled)

// loginName returns the form in which the names that people enter to log in are compared with
// usernames and with addresses, and from which the answers for unknown names are derived. There
// is only one such form: if a spelling were the same name for a username, but not for an address,
// its answers would reveal which addresses exist. So an address is a name to log in with only if
// it is canonical except for the case of ASCII letters.
func loginName(name string) string {
	if canonical, err := CanonicalUsername(name); err == nil {
		return canonical
	}
	return lowerASCII(strings.TrimSpace(name))
}

// loginCandidates returns the accounts that a person can mean: usually one, and
// two if the address that one has verified is the username of another. If no
// account matches, it returns a user without an ID.
func (a *Accounts) loginCandidates(ctx context.Context, name string) (users []*User, err error) {
	key := loginName(name)
	if _, err := CanonicalUsername(name); err == nil {
		user, err := a.Store.UserByName(ctx, key)
		if err == nil {
			users = append(users, user)
		} else if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	if strings.Contains(key, "@") && isText(key) && len(key) <= maxEmail {
		owners, err := a.usersOf(ctx, key)
		if err != nil {
			return nil, err
		}
		owners = slices.DeleteFunc(owners, func(u *User) bool { return !u.EmailVerified() })
		if len(owners) == 1 && (len(users) == 0 || users[0].ID != owners[0].ID) {
			users = append(users, owners[0])
		}
	}
	if len(users) == 0 {
		users = append(users, &User{Username: key})
	}
	return users, nil
}

// checkPasswordOf checks the password of one of the candidates.
func (a *Accounts) checkPasswordOf(ctx context.Context, user *User, attempt Attempt) error {
	// Attempts with the username and with the address count together.
	limits, browserKey := a.loginLimits(loginName(user.Username), user, attempt)
	var outdated bool
	err := a.guess(ctx, guess{key: addressKey(attempt.Address), limits: limits, resets: browserKey}, func() (err error) {
		outdated, err = a.authenticate(user, attempt.Password)
		return err
	})
	if err != nil {
		return err
	}
	if outdated {
		a.rehash(ctx, user, attempt.Password)
	}
	return a.toBeDeleted(ctx, user)
}

// loginLimits returns the limits that apply to the attempt, and the key of the
// one that a successful login resets, because earlier failures in the same browser
// were typing errors: the limit of this browser or, if the browser is unknown, of
// this account and address.
func (a *Accounts) loginLimits(canonical string, user *User, attempt Attempt) (limits []AttemptLimit, browserKey string) {
	address := addressKey(attempt.Address)
	if address != "" {
		limits = append(limits, AttemptLimit{Key: address, Max: maxLoginsPerAddress})
	}
	if device := a.deviceName(attempt.DeviceCookie, user); device != "" {
		browserKey = accountKey(canonical, device)
		return append(limits, AttemptLimit{Key: browserKey, Max: maxLoginsPerDevice}), browserKey
	}
	browserKey = accountKey(canonical, cmp.Or(address, "nowhere"))
	return append(limits,
		AttemptLimit{Key: browserKey, Max: maxLoginsPerAccountAndAddress},
		AttemptLimit{Key: accountKey(canonical, ""), Max: maxLoginsPerAccount, Shared: true}), browserKey
}

// authenticate returns ErrWrongPassword if the password is wrong or the user only logs in at another
// provider, and errDisabledLogin if the user is disabled, but not to be deleted. outdated reports whether
// the hash of the password is outdated. For an account that does not exist, user is the zero User, and
// the check takes the same time.
func (a *Accounts) authenticate(user *User, password string) (outdated bool, err error) {
	ok, outdated, err := a.verifyPassword(user.PasswordHash, password)
	if err != nil {
		return false, err
	}
	switch {
	case !ok, !a.LogsInHere(user):
		return false, ErrWrongPassword
	case user.Disabled && user.DeleteAt.IsZero():
		return false, errDisabledLogin
	}
	return outdated, nil
}

// rehash replaces an outdated hash. If that fails, the next login tries again.
func (a *Accounts) rehash(ctx context.Context, user *User, password string) {
	phc, err := a.hashPassword(ctx, user.ID, password)
	if err == nil {
		err = a.Store.RenewPasswordHash(ctx, user.ID, user.PasswordHash, phc)
	}
	if err != nil {
		a.Logger.WarnContext(ctx, "password hash not renewed", "user", user.ID, "error", err.Error())
	}
}
