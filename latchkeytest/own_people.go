package latchkeytest

import (
	"crypto/rand"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// OwnPeople returns a change for New. With it, people belong to a host program
// (Options.People) and have no accounts at the provider. Their subject is their name.
// People can log in with any name, on a page of Provider.Mux that Browser fills in, and
// do not have to be added. The admins can use the back office.
func OwnPeople(admins ...string) func(*latchkey.Options) {
	return func(o *latchkey.Options) {
		o.People = &ownPeople{admins: admins, now: time.Now, sessions: make(map[string]*latchkey.Person)}
	}
}

// ownPeople is the login of a host program.
type ownPeople struct {
	admins   []string
	now      func() time.Time
	mu       sync.Mutex
	sessions map[string]*latchkey.Person // by the value of the cookie
}

const (
	ownLoginPath = "/own-people/login"
	ownCookie    = "own_session"
)

// Current implements latchkey.People.
func (o *ownPeople) Current(r *http.Request) (*latchkey.Person, error) {
	cookie, err := r.Cookie(ownCookie)
	if err != nil {
		return nil, nil //nolint:nilnil // nobody is logged in
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sessions[cookie.Value], nil
}

// LogIn implements latchkey.People.
func (o *ownPeople) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, ownLoginPath+"?next="+url.QueryEscape(why.Next), http.StatusSeeOther)
}

// LogOut implements latchkey.PeopleLogOut.
func (o *ownPeople) LogOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(ownCookie); err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.sessions, cookie.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: ownCookie, Path: "/", MaxAge: -1}) //nolint:gosec // a test without TLS
	return nil
}

// ServeHTTP serves the login page of the host.
func (o *ownPeople) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Log in</title><form method="post"><input type="hidden" name="next" value="%s">
<input name="username" required><input name="password" type="password"><button>Log in</button></form>`, html.EscapeString(r.FormValue("next")))
		return
	}
	name, session := r.FormValue("username"), rand.Text()
	person := &latchkey.Person{
		Authentication: oauth.Authentication{Subject: name, SessionID: session, AuthTime: o.now().Truncate(time.Second)},
		Name:           name, Admin: slices.Contains(o.admins, name),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions[session] = person
	http.SetCookie(w, &http.Cookie{Name: ownCookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // a test without TLS
	http.Redirect(w, r, r.FormValue("next"), http.StatusSeeOther)                                                               //nolint:gosec // a test
}
