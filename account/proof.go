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
// "user ID.expiry time.signature", so nothing has to be stored. The signature
// includes the value that the link changes, so a proof becomes invalid when it is
// used.

// A purpose is what a proof can be used for.
const (
	purposeReset  = "reset password"
	purposeVerify = "verify e-mail"
)

// ErrInvalidLink is returned if a proof has expired, has been used or was not
// created by this server.
var ErrInvalidLink = errors.New("this link has expired, has already been used, or is incomplete")

func (a *Accounts) newProof(purpose string, u *User, ttl time.Duration) string {
	text := u.ID + "." + strconv.FormatInt(a.now().Add(ttl).Unix(), 36)
	return text + "." + a.signProof(purpose, u, text)
}

// signProof returns the signature of a proof. It includes the address to which
// the link is sent and, if the link sets a new password, the current password
// hash.
func (a *Accounts) signProof(purpose string, u *User, text string) string {
	mac := hmac.New(sha256.New, a.Key)
	changed := u.PasswordHash
	if purpose == purposeVerify {
		changed = u.Email
	}
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%s\x00%s", purpose, text, u.Email, changed)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkProof returns the user that the proof was created for, or ErrInvalidLink.
func (a *Accounts) checkProof(ctx context.Context, purpose, proof string) (*User, error) {
	parts := strings.Split(proof, ".")
	if len(proof) > 256 || len(parts) != 3 || !isText(proof) {
		return nil, ErrInvalidLink
	}
	seconds, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || !time.Unix(seconds, 0).After(a.now()) {
		return nil, ErrInvalidLink
	}
	u, err := a.Store.User(ctx, parts[0])
	if errors.Is(err, ErrNotFound) {
		return nil, ErrInvalidLink
	}
	if err != nil {
		return nil, err
	}
	if u.Disabled || !hmac.Equal([]byte(parts[2]), []byte(a.signProof(purpose, u, parts[0]+"."+parts[1]))) {
		return nil, ErrInvalidLink
	}
	return u, nil
}
