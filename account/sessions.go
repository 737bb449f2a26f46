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

// maxUserAgent is the maximum number of bytes of a User-Agent that are stored.
const maxUserAgent = 256

// StartSession logs a user in. It returns the value of the new session cookie,
// which is a secret, and the session.
//
// oldCookie is the session cookie that the browser sent, or empty. The old
// session is replaced, and its cookie becomes invalid (ASVS 7.2.4). If it belongs
// to the same user, the new session keeps its ID, because applications know the
// session by its ID. If it belongs to another user, ended is the ID of the ended
// session, so that the caller can notify the applications.
func (a *Accounts) StartSession(ctx context.Context, user *User, browser Browser, oldCookie string) (cookie string, started Session, ended string, err error) {
	now := a.now()
	id, err := uuid.NewV7()
	if err != nil {
		return "", Session{}, "", err
	}
	old, owner, err := a.Session(ctx, oldCookie)
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
		AuthTime: now, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(a.SessionTTL),
		Address: browser.Address, UserAgent: truncate(strings.ToValidUTF8(browser.UserAgent, "\uFFFD"), maxUserAgent),
	}
	if err := a.Store.StartSession(ctx, session, old.ID); err != nil {
		return "", Session{}, "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret[:]...)), session, ended, nil
}

// Session returns the session that belongs to the cookie, and its user. It
// returns ErrNotFound if the cookie is invalid, if the session has ended or was
// unused for too long, or if the user is disabled.
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
		!session.ExpiresAt.After(now) || now.Sub(session.SeenAt) > a.SessionIdleTTL {
		return Session{}, nil, ErrNotFound
	}
	if now.Sub(session.SeenAt) >= seenInterval {
		if err := a.Store.TouchSession(ctx, id, now); err != nil && !errors.Is(err, ErrUnavailable) {
			return Session{}, nil, err
		}
	}
	return session, user, nil
}

// SessionID returns the ID of the session that belongs to the cookie, or "" if
// there is no such session. The whole cookie is checked, because the ID in it is
// not secret.
func (a *Accounts) SessionID(ctx context.Context, cookie string) (string, error) {
	session, _, err := a.Session(ctx, cookie)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return session.ID, err
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
