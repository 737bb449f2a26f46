package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// deviceCookieTTL is the lifetime of a device cookie. Each login renews it.
const deviceCookieTTL = 365 * 24 * time.Hour

// NewDeviceCookie returns a device cookie as described by OWASP. A browser that
// sends it has its own limit on failed logins to the account, until the password
// changes. It consists of a random name, an expiry time and a signature that
// includes the account and its LoginEpoch.
func (a *Accounts) NewDeviceCookie(user *User) string {
	random := newSecret()
	expires := strconv.FormatInt(a.now().Add(deviceCookieTTL).Unix(), 36)
	name := base64.RawURLEncoding.EncodeToString(random[:16]) + "~" + expires
	return name + "." + a.signDeviceName(name, user)
}

// deviceName returns the name in a device cookie, or "" if the cookie is not
// valid for the account.
func (a *Accounts) deviceName(cookie string, user *User) string {
	name, signature, _ := strings.Cut(cookie, ".")
	_, expires, _ := strings.Cut(name, "~")
	if seconds, err := strconv.ParseInt(expires, 36, 64); err != nil || !time.Unix(seconds, 0).After(a.now()) {
		return ""
	}
	if len(name) > 64 || !hmac.Equal([]byte(signature), []byte(a.signDeviceName(name, user))) {
		return ""
	}
	return name
}

func (a *Accounts) signDeviceName(name string, user *User) string {
	mac := hmac.New(sha256.New, a.Key)
	mac.Write([]byte("device\x00" + name + "\x00" + user.ID + "\x00" + strconv.FormatInt(user.LoginEpoch, 10)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
