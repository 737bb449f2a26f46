package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxUserAgent is the maximum number of bytes of a User-Agent that are stored.
const maxUserAgent = 256

// StartSession logs a user in. It returns the value of the new session cookie,
// which is a secret, and the session. user is the user as Login or Create
// returned it. If the user was disabled or got a new password since then,
// StartSession returns ErrWrongPassword.
//
// oldCookie is the session cookie that the browser sent, or empty. The old
// session is replaced, and its cookie becomes invalid (ASVS 7.2.4). If it belongs
// to the same user, the new session keeps its ID, because applications know the
// session by its ID. If it belongs to another user, it ends.
//
// It is a login with the password alone. If the person has a second factor,
// StartSession returns ErrSecondFactor: see SealLogin.
//
// The login is in the audit log if and only if the session has started. This is also true
// for logins with a passkey, a second factor or an identity.
func (a *Accounts) StartSession(ctx context.Context, user *User, browser Browser, oldCookie string) (cookie string, started Session, err error) {
	return a.start(ctx, login{user: user, methods: []string{MethodPassword}, browser: browser, oldCookie: oldCookie})
}

// StartFirstSession is StartSession for a person who has just created the account. It
// records no login: the audit log has the record of the new account.
func (a *Accounts) StartFirstSession(ctx context.Context, user *User, browser Browser, oldCookie string) (cookie string, started Session, err error) {
	return a.start(ctx, login{user: user, methods: []string{MethodPassword}, browser: browser, oldCookie: oldCookie, unrecorded: true})
}

// login describes how a person proved who they are.
type login struct {
	user      *User
	methods   []string
	use       *FactorUse // nil for the password alone
	browser   Browser
	oldCookie string
	// confirms is set if the proof counts only in the session of oldCookie, which must
	// not have ended.
	confirms bool
	// factorOnly is set if the person used a factor alone in the session of oldCookie. That
	// is not a new login: the session keeps its AuthTime.
	factorOnly bool
	// authTime is when the person proved who they are, or zero if that was now.
	authTime time.Time
	// unrecorded is set if the audit log has another record than that of a login. It is
	// also true for what only confirms who the person is.
	unrecorded bool
}

// start is StartSession for any kind of login.
func (a *Accounts) start(ctx context.Context, l login) (cookie string, started Session, err error) {
	user, browser, oldCookie := l.user, l.browser, l.oldCookie
	if err := a.toBeDeleted(ctx, user); err != nil {
		return "", Session{}, err
	}
	if !l.confirms && !a.LogsInHere(user) && !slices.ContainsFunc(l.methods, ofIdentity) {
		return "", Session{}, ErrWrongPassword // each way to log in checks this, too
	}
	now := a.now()
	id, err := uuid.NewV7()
	if err != nil {
		return "", Session{}, err
	}
	old, owner, err := a.Session(ctx, oldCookie)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", Session{}, err
	}
	secret := newSecret()
	started = Session{
		ID: id.String(), SecretHash: sha256.Sum256(secret[:]), UserID: user.ID,
		AuthTime: now, CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(a.SessionIdleTTL), ExpiresAt: now.Add(a.SessionTTL),
		Methods: l.methods, Address: browser.Address, UserAgent: truncate(validate.Visible(browser.UserAgent), maxUserAgent),
	}
	if !l.authTime.IsZero() {
		started.AuthTime = l.authTime
	}
	renews := owner != nil && owner.ID == user.ID
	if l.confirms && !renews {
		return "", Session{}, ErrNotFound
	}
	if renews {
		started.ID = old.ID
		started.Methods = old.continuedWith(l.methods)
	}
	if l.factorOnly && renews {
		started.AuthTime, started.ConfirmedAt = old.AuthTime, now
	}
	err = a.storeSession(ctx, started, l, old.ID)
	if renews && !l.confirms && errors.Is(err, ErrNotFound) { // the old session has ended since it was read
		started.ID, started.Methods = id.String(), l.methods
		err = a.storeSession(ctx, started, l, "")
	}
	switch {
	case errors.Is(err, ErrConflict) && l.use != nil:
		return "", Session{}, ErrLoginExpired
	case errors.Is(err, ErrConflict):
		return "", Session{}, ErrWrongPassword
	case err != nil:
		return "", Session{}, err
	}
	if id, err = uuid.Parse(started.ID); err != nil {
		return "", Session{}, err
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret[:]...)), started, nil
}

func (a *Accounts) storeSession(ctx context.Context, s Session, l login, replacedID string) error {
	start := SessionStart{Session: s, Epoch: l.user.LoginEpoch, Replaces: replacedID, Use: l.use}
	if !l.unrecorded && !l.confirms {
		start.Login = &LoginRecord{Username: l.user.Username}
	}
	return a.Store.StartSession(ctx, start)
}

// Session returns the session that belongs to the cookie, and its user. It
// returns ErrNotFound if the cookie is invalid, if the session has ended or was
// unused for too long, or if the user is disabled. For a user with a role, a code
// by email does not count: it is not among the Methods of the session, which has only one factor
// if the code was the second one.
func (a *Accounts) Session(ctx context.Context, cookie string) (Session, *User, error) {
	id, secret, ok := parseCookie(cookie)
	if !ok {
		return Session{}, nil, ErrNotFound
	}
	session, user, err := a.Store.Session(ctx, id)
	if err != nil {
		return Session{}, nil, err
	}
	now := a.now()
	hash := sha256.Sum256(secret)
	if subtle.ConstantTimeCompare(hash[:], session.SecretHash[:]) != 1 ||
		!session.ExpiresAt.After(now) || !session.IdleExpiresAt.After(now) {
		return Session{}, nil, ErrNotFound
	}
	if now.Sub(session.SeenAt) >= seenInterval {
		if err := a.Store.TouchSession(ctx, id, now, now.Add(a.SessionIdleTTL)); err != nil && !errors.Is(err, ErrUnavailable) {
			return Session{}, nil, err
		}
	}
	return session.countedFor(user), user, nil
}

// parseCookie splits a session cookie into the session's ID and its secret.
func parseCookie(cookie string) (id string, secret []byte, ok bool) {
	const idLength, secretLength = 16, 32
	if len(cookie) > 128 {
		return "", nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(raw) != idLength+secretLength {
		return "", nil, false
	}
	return uuid.UUID(raw[:idLength]).String(), raw[idLength:], true
}

func newSecret() (secret [32]byte) {
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	return secret
}

// truncate shortens s to at most maxBytes bytes without splitting a character.
func truncate(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return s
	}
	s = s[:maxBytes]
	for !utf8.ValidString(s) && len(s) > 0 {
		s = s[:len(s)-1]
	}
	return s
}
