package hosts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey"
)

// NewLogin records when people logged in again, for a proxy that does not send the time of
// the login. The proxy protects one page of the program, Page, in a stricter way than the
// others: it must ask for the credentials before each request for this page, even if the
// person is logged in. For example, it uses a login of its own for the page, which requests
// prompt=login of the OpenID provider and ends after a few seconds. A request for the page
// is then a new login.
//
// If the proxy serves the page without asking for the credentials, a person at an unlocked
// computer can use the whole back office. HTTP Basic authentication is not suitable, because
// browsers repeat the password.
type NewLogin struct {
	// Page is the path at which Handler is mounted, such as "/new-login". No other page of
	// the program has the stricter login of the proxy.
	Page string
	key  []byte
	now  func() time.Time
}

const (
	newLoginCookie = "new-login"
	// newLoginTTL is how long a browser keeps the time of a login.
	newLoginTTL = time.Hour
)

// NewNewLogin returns a NewLogin. The key has at least 32 bytes, is random, and is the same
// in all processes.
func NewNewLogin(page string, key []byte) (*NewLogin, error) {
	if len(key) < 32 {
		return nil, errors.New("the key must have at least 32 bytes")
	}
	return &NewLogin{Page: page, key: key, now: time.Now}, nil
}

// Handler returns the page. people is the Proxy or the MTLSProxy: a request that did not
// come through the proxy is rejected.
func (n *NewLogin) Handler(people latchkey.People) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A rule of the proxy does not always match other spellings of the path, such as /%6eew-login.
		if r.URL.EscapedPath() != n.Page {
			http.NotFound(w, r)
			return
		}
		person, err := people.Current(r)
		next := r.FormValue("next")
		switch {
		case err != nil || person == nil:
			http.Error(w, "The login failed. Go back and try again.", http.StatusForbidden)
			return
		case !isLocal(next):
			http.Error(w, "This link is not complete. Go back and try again.", http.StatusBadRequest)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: newLoginCookie, Value: n.seal(person.Subject, n.now()), Path: "/", MaxAge: int(newLoginTTL.Seconds()),
			HttpOnly: true, Secure: r.Header.Get("X-Forwarded-Proto") != "http", SameSite: http.SameSiteLaxMode,
		})
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, next, http.StatusFound)
	})
}

// seal returns the time of a login of a person, with a MAC.
func (n *NewLogin) seal(subject string, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return seconds + "." + n.mac(subject, seconds)
}

// mac binds the time to the person, so that another person in the same browser cannot use it.
func (n *NewLogin) mac(subject, seconds string) string {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("new login\n" + seconds + "\n" + subject))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// last returns when the person last logged in on the page with this browser, or zero.
func (n *NewLogin) last(r *http.Request, subject string) time.Time {
	cookie, err := r.Cookie(newLoginCookie)
	if err != nil {
		return time.Time{}
	}
	seconds, mac, _ := strings.Cut(cookie.Value, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || !hmac.Equal([]byte(mac), []byte(n.mac(subject, seconds))) {
		return time.Time{}
	}
	return time.Unix(at, 0)
}

// isLocal reports whether a URL is a path of this site. A browser treats a backslash as a slash,
// and ignores tabs and line breaks, which url.Parse rejects.
func isLocal(next string) bool {
	u, err := url.Parse(next)
	return err == nil && u.Host == "" && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.Contains(next, `\`)
}
