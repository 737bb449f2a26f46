package main

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// people is the program's own log-in. Here everybody is whom they say they
// are; yours asks for a password.
type people struct {
	mu       sync.Mutex
	sessions map[string]session
	foreign  *http.CrossOriginProtection
}

type session struct {
	name    string
	entered time.Time
}

func newPeople() *people {
	return &people{sessions: make(map[string]session), foreign: http.NewCrossOriginProtection()}
}

// who tells Latchkey who is logged in. The name may change; the subject must
// not.
func (p *people) who(r *http.Request) (oauth.Authentication, string, bool) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return oauth.Authentication{}, "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, known := p.sessions[cookie.Value]
	return oauth.Authentication{Subject: "person-" + s.name, SessionID: cookie.Value[:min(8, len(cookie.Value))], AuthTime: s.entered}, s.name, known
}

var page = template.Must(template.New("enter").Parse(`<!doctype html><html lang="en"><title>Who are you?</title>
<form method="post"><input type="hidden" name="next" value="{{.}}">
<label>Your name <input name="name" required></label> <button>Enter</button></form>`))

// ask shows the log-in page. Where to go afterwards travels in a hidden field.
func (p *people) ask(w http.ResponseWriter, r *http.Request) {
	_ = page.Execute(w, r.URL.Query().Get("next"))
}

// enter logs in and goes on to where Latchkey wants the person.
func (p *people) enter(w http.ResponseWriter, r *http.Request) {
	if err := p.foreign.Check(r); err != nil {
		http.Error(w, "This form came from another site.", http.StatusForbidden)
		return
	}
	id := rand.Text()
	p.mu.Lock()
	p.sessions[id] = session{r.PostFormValue("name"), time.Now()}
	p.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}
