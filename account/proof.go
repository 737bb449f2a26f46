package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A proof is the secret part of a link that is sent by mail. It is a signed text,
// "user ID.expiry time.note.signature", so nothing has to be stored. The signature
// includes the value that the link changes, so a proof becomes invalid when it is
// used. The note is optional.

// A purpose is what a proof can be used for.
const (
	purposeReset  = "reset password"
	purposeVerify = "verify e-mail"
	purposeKeep   = "keep account"
)

// ErrInvalidLink is returned if a proof has expired, has been used or was not
// created by this server.
var ErrInvalidLink = errors.New("this link has expired, has already been used, or is incomplete")

// maxProof is the length of the longest proof, in bytes.
const maxProof = 3 << 10

func (a *Accounts) newProof(purpose string, u *User, ttl time.Duration, note string) string {
	text := u.ID + "." + strconv.FormatInt(a.now().Add(ttl).Unix(), 36)
	if note != "" {
		text += "." + base64.RawURLEncoding.EncodeToString([]byte(note))
	}
	return text + "." + a.signProof(purpose, u, text)
}

// signProof returns the signature of a proof. It includes the address to which
// the link is sent and, if the link sets a new password, the current password
// hash, or without a password the login epoch, or, if it keeps an account, the time of the deletion.
func (a *Accounts) signProof(purpose string, u *User, text string) string {
	mac := hmac.New(sha256.New, a.Key)
	changed := u.PasswordHash
	switch purpose {
	case purposeReset:
		if changed == "" { // each account without a password has the same hash
			changed = "." + strconv.FormatInt(u.LoginEpoch, 36)
		}
	case purposeVerify:
		changed = u.Email
	case purposeKeep:
		changed = strconv.FormatInt(u.DeleteAt.UnixMilli(), 36) + "." + strconv.FormatInt(u.LoginEpoch, 36)
	}
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%s\x00%s", purpose, text, u.Email, changed)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkProof returns the user that the proof was created for, and its note, or
// ErrInvalidLink.
func (a *Accounts) checkProof(ctx context.Context, purpose, proof string) (u *User, note string, err error) {
	end := strings.LastIndexByte(proof, '.')
	if end < 0 || len(proof) > maxProof || !isText(proof) {
		return nil, "", ErrInvalidLink
	}
	text, signature := proof[:end], proof[end+1:]
	id, rest, _ := strings.Cut(text, ".")
	expires, encodedNote, _ := strings.Cut(rest, ".")
	seconds, err := strconv.ParseInt(expires, 36, 64)
	if err != nil || !time.Unix(seconds, 0).After(a.now()) {
		return nil, "", ErrInvalidLink
	}
	u, err = a.Store.User(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, "", ErrInvalidLink
	}
	if err != nil {
		return nil, "", err
	}
	usable := !u.Disabled
	if purpose == purposeKeep {
		usable = !u.DeleteAt.IsZero()
	}
	if !usable || !hmac.Equal([]byte(signature), []byte(a.signProof(purpose, u, text))) {
		return nil, "", ErrInvalidLink
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encodedNote)
	if err != nil {
		return nil, "", ErrInvalidLink // cannot happen with our signature
	}
	return u, string(decoded), nil
}
