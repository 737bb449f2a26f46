package main

import (
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

// users is the program's own login. For simplicity, it accepts any name without a
// password.
type users struct {
	mu          sync.Mutex
	sessions    map[string]session
	crossOrigin *http.CrossOriginProtection
}

type session struct {
	name      string
	startedAt time.Time
}

func newUsers() *users {
	return &users{sessions: make(map[string]session), crossOrigin: http.NewCrossOriginProtection()}
}

// Current reports to Latchkey which user is logged in. A user's name may change,
// but the subject must always stay the same. A program that keeps its sessions in a
// database returns the error if it cannot read them.
func (u *users) Current(r *http.Request) (*latchkey.Person, error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return nil, nil // nobody is logged in
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	s, ok := u.sessions[cookie.Value]
	if !ok {
		return nil, nil
	}
	return &latchkey.Person{
		Authentication: oauth.Authentication{Subject: "user-" + s.name, SessionID: cookie.Value, AuthTime: s.startedAt},
		Name:           s.name, Admin: s.name == "ada",
	}, nil
}

// LogIn sends a user to the login page, which then continues at why.Next.
func (u *users) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

// LogOut ends the session of the browser. Latchkey shows the page afterwards.
func (u *users) LogOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie("session"); err == nil {
		u.mu.Lock()
		delete(u.sessions, cookie.Value)
		u.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

var page = template.Must(template.New("login").Parse(`<!doctype html><html lang="en"><title>Log in</title>
<form method="post"><input type="hidden" name="next" value="{{.}}">
<label>Your name <input name="name" required></label> <button>Log in</button></form>`))

// showLogin shows the login page. The hidden field next is the address to continue
// with after the login.
func (u *users) showLogin(w http.ResponseWriter, r *http.Request) {
	_ = page.Execute(w, r.URL.Query().Get("next"))
}

// logIn starts a session and redirects to the address in the field next.
func (u *users) logIn(w http.ResponseWriter, r *http.Request) {
	if err := u.crossOrigin.Check(r); err != nil {
		http.Error(w, "This form was submitted by another site.", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form is too long or cannot be read.", http.StatusBadRequest)
		return
	}
	id := rand.Text()
	u.mu.Lock()
	u.sessions[id] = session{r.PostForm.Get("name"), time.Now()}
	u.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, localPath(r.PostForm.Get("next")), http.StatusSeeOther)
}

// localPath returns next if it is a path of this site, or else "/".
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
