package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// site is the program without Latchkey: its sessions, its login page and its API. For
// simplicity, the login accepts any name without a password.
type site struct {
	*http.ServeMux
	address     string
	crossOrigin *http.CrossOriginProtection

	mu       sync.Mutex
	sessions map[string]*session // by the value of the cookie
}

type session struct {
	name      string
	startedAt time.Time
}

func newSite() *site {
	s := &site{
		ServeMux: http.NewServeMux(), address: cmp.Or(os.Getenv("ADDRESS"), "localhost:8000"),
		crossOrigin: http.NewCrossOriginProtection(), sessions: make(map[string]*session),
	}
	s.HandleFunc("GET /{$}", s.home)
	s.HandleFunc("GET /login", s.showLogin)
	s.HandleFunc("POST /login", s.logIn)
	return s
}

func (s *site) origin() string { return "http://" + s.address }

// serve runs the program until it fails.
func (s *site) serve() error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.address)
	if err != nil {
		return err
	}
	fmt.Printf("Open %s/admin/ and log in as ada.\n", s.origin())
	server := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(listener)
}

// notes is the API.
func notes(w http.ResponseWriter, r *http.Request) {
	token, _ := resource.FromContext(r.Context())
	_, _ = fmt.Fprintf(w, "notes of %s\n", token.Subject)
}

// session returns the session of the browser and its ID. It is nil if nobody is
// logged in.
func (s *site) session(r *http.Request) (id string, found *session) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return "", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return cookie.Value, s.sessions[cookie.Value]
}

// endSession deletes the session of the browser and its cookie.
func (s *site) endSession(w http.ResponseWriter, r *http.Request) {
	id, _ := s.session(r)
	s.mu.Lock()
	delete(s.sessions, id)
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

var page = template.Must(template.New("login").Parse(`<!doctype html><html lang="en"><title>Log in</title>
<form method="post"><input type="hidden" name="next" value="{{.}}">
<label>Your name <input name="name" required></label> <button>Log in</button></form>`))

// showLogin shows the login page. The hidden field next is the address to continue
// with after the login.
func (s *site) showLogin(w http.ResponseWriter, r *http.Request) {
	_ = page.Execute(w, r.URL.Query().Get("next"))
}

// logIn starts a session and redirects to the address in the field next.
func (s *site) logIn(w http.ResponseWriter, r *http.Request) {
	if err := s.crossOrigin.Check(r); err != nil {
		http.Error(w, "This form was submitted by another site.", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form is too long or cannot be read.", http.StatusBadRequest)
		return
	}
	id := rand.Text()
	s.mu.Lock()
	s.sessions[id] = &session{r.PostForm.Get("name"), time.Now()}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, localPath(r.PostForm.Get("next")), http.StatusSeeOther)
}

// localPath returns next if it is a path of this site, or else "/". A browser treats a backslash
// as a slash, and ignores tabs and line breaks, which url.Parse rejects.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
