// Package hosttest has a host program with users and sessions of its own, for tests
// of latchkey.People.
package hosttest

import (
	"context"
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Cookie is the name of the session cookie.
const Cookie = "host_session"

// Host is the login of a host program. Mount it at /host/. Its login page has the
// fields username and password, and accepts every name and password.
type Host struct {
	mu       sync.Mutex
	sessions map[string]latchkey.Person // by the value of the cookie
	asked    []latchkey.Interaction
	gone     map[string]bool
	failure  error
	bounces  bool
	lookups  int
	change   func(*latchkey.Person)
	name     func(subject string) (string, error)
}

// New returns a Host without users and sessions.
func New() *Host {
	return &Host{sessions: make(map[string]latchkey.Person), gone: make(map[string]bool)}
}

// Current returns the person with the session of the request.
func (h *Host) Current(r *http.Request) (*latchkey.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failure != nil {
		return nil, h.failure
	}
	cookie, err := r.Cookie(Cookie)
	if err != nil {
		return nil, nil
	}
	p, ok := h.sessions[cookie.Value]
	if !ok {
		return nil, nil
	}
	return &p, nil
}

// LogIn sends the person to the login page.
func (h *Host) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, why)
	if h.bounces {
		http.Redirect(w, r, why.Next, http.StatusFound)
		return
	}
	http.Redirect(w, r, "/host/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

// LogOut ends the session of the request.
func (h *Host) LogOut(w http.ResponseWriter, r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failure != nil {
		return h.failure
	}
	if cookie, err := r.Cookie(Cookie); err == nil {
		delete(h.sessions, cookie.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: Cookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

// Lookup returns the name of the person, and reports whether they exist.
func (h *Host) Lookup(_ context.Context, subject string) (string, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lookups++
	if h.name != nil {
		name, err := h.name(subject)
		return name, !h.gone[subject], err
	}
	return strings.TrimPrefix(subject, "id-of-"), !h.gone[subject], h.failure
}

// Name sets a function that returns the name or the error of Lookup.
func (h *Host) Name(name func(subject string) (string, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.name = name
}

var page = template.Must(template.New("login").Parse(`<!doctype html><html lang="en"><title>The host</title><h1>Log in to the host</h1>
<form method="post"><input type="hidden" name="next" value="{{.}}"><input name="username"><input name="password" type="password"><button>Log in</button></form>`))

// ServeHTTP serves the login page. The subject of a user is "id-of-" and the name,
// and ada is an administrator.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_ = page.Execute(w, r.URL.Query().Get("next"))
		return
	}
	name := r.PostFormValue("username")
	http.SetCookie(w, &http.Cookie{Name: Cookie, Value: h.Start(name, time.Now()), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, r.PostFormValue("next"), http.StatusSeeOther)
}

// Start starts a session, and returns the value of its cookie.
func (h *Host) Start(name string, at time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := rand.Text()
	p := latchkey.Person{
		Authentication: oauth.Authentication{Subject: "id-of-" + name, SessionID: id, AuthTime: at}, Name: name, Admin: name == "ada",
	}
	if h.change != nil {
		h.change(&p)
	}
	h.sessions[id] = p
	return id
}

// Change sets a function that changes the person of every session that starts later.
func (h *Host) Change(change func(*latchkey.Person)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.change = change
}

// Bounce makes LogIn send people back at once, without a new login.
func (h *Host) Bounce(bounces bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bounces = bounces
}

// Fail makes all calls fail with an error. After Fail(nil), they succeed again.
func (h *Host) Fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure = err
}

// Delete deletes a user, or restores them.
func (h *Host) Delete(name string, gone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone["id-of-"+name] = gone
}

// Asked returns the calls of LogIn since the last call of Asked.
func (h *Host) Asked() []latchkey.Interaction {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.asked = nil
	return asked
}

// Lookups returns how often Lookup was called.
func (h *Host) Lookups() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lookups
}

// Sessions returns how many sessions there are.
func (h *Host) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}
