package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Browser is what a browser came with when its person logged in.
type Browser struct{ Address, UserAgent string }

// maxUserAgent bounds what is kept of a User-Agent, in bytes.
const maxUserAgent = 256

// StartSession logs a user in, with a new secret always (ASVS 7.2.4). If the
// cookie that the browser had, if any, was of the same user, the session goes
// on under its id, so that applications that know of it still do; that of
// another user ends, and its id is given for those who have to be told. It
// gives the text of the new cookie, which is a secret.
func (a *Accounts) StartSession(ctx context.Context, user *User, meta Browser, replaces string) (cookie string, started Session, ended string, err error) {
	now := a.now()
	id, err := uuid.NewV7()
	if err != nil {
		return "", Session{}, "", err
	}
	old, owner, err := a.Session(ctx, replaces)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return "", Session{}, "", err
	case owner.ID != user.ID:
		ended = old.ID
	default:
		if id, err = uuid.Parse(old.ID); err != nil {
			return "", Session{}, "", err
		}
	}
	secret := newSecret()
	session := Session{
		ID: id.String(), SecretHash: sha256.Sum256(secret[:]), UserID: user.ID,
		AuthTime: now, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(a.SessionMax),
		Address: meta.Address, UserAgent: cutText(strings.ToValidUTF8(meta.UserAgent, "\uFFFD"), maxUserAgent),
	}
	if err := a.Store.StartSession(ctx, session, old.ID); err != nil {
		return "", Session{}, "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret[:]...)), session, ended, nil
}

// owned is the id of the session that the cookie opens, or "". An id alone is
// no secret and must not end a session.
func (a *Accounts) owned(ctx context.Context, cookie string) (string, error) {
	session, _, err := a.Session(ctx, cookie)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return session.ID, err
}

// Session finds the session of a cookie and its user. ErrNotFound: it is
// unknown, ended, idle for too long, or its user is disabled.
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
		!session.ExpiresAt.After(now) || now.Sub(session.SeenAt) > a.SessionIdle {
		return Session{}, nil, ErrNotFound
	}
	if now.Sub(session.SeenAt) >= seenEvery {
		if err := a.Store.TouchSession(ctx, id, now); err != nil && !errors.Is(err, ErrUnavailable) {
			return Session{}, nil, err
		}
	}
	return session, user, nil
}

// SessionID is the id of the session that the cookie opens, or "": then there
// is nothing to end.
func (a *Accounts) SessionID(ctx context.Context, cookie string) (string, error) {
	return a.owned(ctx, cookie)
}

// parseCookie cuts a cookie into the session's id and its secret.
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

// cutText shortens a text to so many bytes without cutting a character in two.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) && len(s) > 0 {
		s = s[:len(s)-1]
	}
	return s
}
