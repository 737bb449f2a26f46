package account

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Attempt is one try to log in.
type Attempt struct {
	Username, Password string
	// Address is where it came from; invalid if unknown.
	Address netip.Addr
	// DeviceCookie is the mark that Login gave this browser before, or empty.
	DeviceCookie string
}

// The brakes on guessing: so many wrong passwords in a window. A browser in which the
// person has logged in before has a count of its own, so that nobody else can
// stop it. All others are counted by account and address, and only those that
// pass there by account alone: one stranger stops only themselves, and many
// together cannot go on for ever.
const (
	brakeWindow            = 10 * time.Minute
	brakePerAddress        = 30
	brakePerAccountAddress = 10
	brakePerAccount        = 50
)

// Login checks a username and a password. It gives the user and a mark for the
// browser to keep. Errors: ErrWrongPassword, which tells neither half;
// *ThrottledError. Unknown names are treated like known ones throughout.
func (a *Accounts) Login(ctx context.Context, attempt Attempt) (*User, string, error) {
	canonical, err := CanonicalUsername(attempt.Username)
	if err != nil {
		canonical = "" // no such account; take as long as for any other
	}
	address := addressKey(attempt.Address)
	brakes := []brake{{address, brakePerAddress}}
	if mark := a.marked(attempt.DeviceCookie, canonical); mark != "" {
		brakes = append(brakes, brake{accountKey(canonical, mark), brakePerAccountAddress})
	} else {
		brakes = append(brakes, brake{accountKey(canonical, cmp.Or(address, "nowhere")), brakePerAccountAddress}, brake{accountKey(canonical, ""), brakePerAccount})
	}
	for _, b := range brakes {
		err := a.brake(ctx, b)
		if throttled := (*ThrottledError)(nil); errors.As(err, &throttled) {
			// Nothing was guessed: a crowd that comes at once is held up for as long
			// as it is one.
			err = errors.Join(err, a.Store.UncountAttempt(ctx, b.key))
		}
		if err != nil {
			return nil, "", err
		}
	}
	user, err := a.Store.UserByName(ctx, canonical)
	if errors.Is(err, ErrNotFound) {
		user, err = &User{}, nil
	}
	if err != nil {
		return nil, "", err
	}
	password := attempt.Password
	if len(password) > maxTyped {
		password = "" // longer than any password can be
	}
	ok, outdated, err := a.verify(ctx, user.PasswordHash, password)
	if err != nil {
		return nil, "", err
	}
	if !ok || user.Disabled {
		return nil, "", ErrWrongPassword
	}
	// It was no guess: it counts as none, or a busy place would stop itself, and
	// what this browser has guessed before is forgotten.
	if err := a.Store.UncountAttempt(ctx, keys(brakes)...); err != nil {
		return nil, "", err
	}
	if err := a.Store.ClearAttempts(ctx, brakes[1].key); err != nil {
		return nil, "", err
	}
	if outdated {
		a.rehash(ctx, user, password)
	}
	return user, a.mark(canonical), nil
}

// rehash brings an old hash to today's parameters; if that fails, the next
// log-in tries again.
func (a *Accounts) rehash(ctx context.Context, user *User, password string) {
	phc, err := a.hash(ctx, password)
	if err == nil {
		err = a.Store.RenewPasswordHash(ctx, user.ID, user.PasswordHash, phc)
	}
	if err != nil {
		a.Logger.WarnContext(ctx, "password hash not renewed", "user", user.ID, "error", err.Error())
	}
}

// brake is how many attempts a key allows in a window.
type brake struct {
	key  string
	most int
}

func keys(brakes []brake) (keys []string) {
	for _, b := range brakes {
		if b.key != "" {
			keys = append(keys, b.key)
		}
	}
	return keys
}

// brake counts the attempt before anything is looked up, so that parallel
// guesses count too.
func (a *Accounts) brake(ctx context.Context, b brake) error {
	if b.key == "" {
		return nil
	}
	now := a.now()
	count, until, err := a.Store.CountAttempt(ctx, b.key, brakeWindow, now)
	if err != nil {
		return err
	}
	if count > b.most {
		return &ThrottledError{RetryAfter: until.Sub(now)}
	}
	return nil
}

// addressKey names the address, or the /64 of an IPv6 one: a person has
// billions of those.
func addressKey(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	addr = addr.Unmap() // or all of IPv4 would be one /64
	if addr.Is6() {
		prefix, err := addr.Prefix(64)
		if err != nil {
			return ""
		}
		return strikeKey("address", prefix.String())
	}
	return strikeKey("address", addr.String())
}

// accountKey names the account, as seen from a browser, an address, or (empty)
// everywhere.
func accountKey(canonical, from string) string {
	return strikeKey("account", canonical+"\x00"+from)
}

// strikeKey hides what is counted: a name may be a password, typed into the
// wrong field.
func strikeKey(kind, text string) string {
	sum := sha256.Sum256([]byte(text))
	return kind + " " + hex.EncodeToString(sum[:16])
}

// markTTL is how long a mark counts after the last log-in.
const markTTL = 365 * 24 * time.Hour

// mark makes what a browser keeps once its person has logged in: a random
// name, and a signature that binds it to the account (OWASP calls it a device
// cookie).
func (a *Accounts) mark(canonical string) string {
	name := newSecret()
	expires := strconv.FormatInt(a.now().Add(markTTL).Unix(), 36)
	text := base64.RawURLEncoding.EncodeToString(name[:16]) + "~" + expires
	return text + "." + a.signMark(text, canonical)
}

// marked gives the browser's name if its mark is real and for this account.
func (a *Accounts) marked(mark, canonical string) string {
	name, signature, _ := strings.Cut(mark, ".")
	_, expires, _ := strings.Cut(name, "~")
	if seconds, err := strconv.ParseInt(expires, 36, 64); err != nil || !time.Unix(seconds, 0).After(a.now()) {
		return ""
	}
	if name == "" || len(name) > 64 || !hmac.Equal([]byte(signature), []byte(a.signMark(name, canonical))) {
		return ""
	}
	return name
}

func (a *Accounts) signMark(name, canonical string) string {
	mac := hmac.New(sha256.New, a.Key)
	mac.Write([]byte("device\x00" + name + "\x00" + canonical))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
