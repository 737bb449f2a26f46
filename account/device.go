package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// deviceCookieTTL is the lifetime of a device cookie. Each login renews it.
const deviceCookieTTL = 365 * 24 * time.Hour

// The bounds of a device cookie: the number of its marks, and the length of each.
const (
	maxDeviceMarks = 5
	maxDeviceMark  = 128
)

// NewDeviceCookie returns a device cookie as described by OWASP. A browser that
// sends it has its own limit on failed logins to the account, until the password
// changes. The cookie contains a new mark for the account. It also contains the
// marks for other accounts from previous, the device cookie that the browser
// sent, because several people can share a browser. A mark consists of a random
// name, an expiry time and a signature that includes the account and its
// LoginEpoch.
func (a *Accounts) NewDeviceCookie(user *User, previous string) string {
	random := newSecret()
	expires := strconv.FormatInt(a.now().Add(deviceCookieTTL).Unix(), 36)
	name := base64.RawURLEncoding.EncodeToString(random[:16]) + "~" + expires
	marks := []string{name + "." + a.signDeviceName(name, user)}
	for _, mark := range deviceMarks(previous) {
		if len(marks) < maxDeviceMarks && a.markName(mark, user) == "" {
			marks = append(marks, mark)
		}
	}
	return strings.Join(marks, "|")
}

// deviceMarks returns the marks in a device cookie, newest first.
func deviceMarks(cookie string) []string {
	marks := strings.SplitN(cookie, "|", maxDeviceMarks+1)
	marks = marks[:min(len(marks), maxDeviceMarks)]
	return slices.DeleteFunc(marks, func(mark string) bool { return mark == "" || len(mark) > maxDeviceMark })
}

// deviceName returns the name of the mark in a device cookie that is valid for the
// account, or "".
func (a *Accounts) deviceName(cookie string, user *User) string {
	for _, mark := range deviceMarks(cookie) {
		if name := a.markName(mark, user); name != "" {
			return name
		}
	}
	return ""
}

// markName returns the name of a mark, or "" if the mark is not valid for the
// account.
func (a *Accounts) markName(mark string, user *User) string {
	name, signature, _ := strings.Cut(mark, ".")
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
