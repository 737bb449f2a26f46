package hosts

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Gorilla is a latchkey.People with sessions of gorilla/sessions. With a CookieStore,
// the session is in the cookie: a copy of the cookie is valid until it expires, even
// after the logout.
type Gorilla struct {
	Store sessions.Store
	// Name is the name of the cookie.
	Name string
	// LoginPage is the path of the login page, which calls Start.
	LoginPage string
}

// Start logs a person in.
func (g Gorilla) Start(w http.ResponseWriter, r *http.Request, p latchkey.Person) error {
	session, err := g.session(r)
	if err != nil {
		return err
	}
	session.Values = map[any]any{
		"subject": p.Subject, "name": p.Name, "admin": p.Admin, "roles": rolesText(p.Roles), "acr": p.ACR, "amr": strings.Join(p.AMR, " "), "auth_time": milliseconds(p.AuthTime), "id": rand.Text(),
	}
	return session.Save(r, w)
}

// Current returns the person of the session.
func (g Gorilla) Current(r *http.Request) (*latchkey.Person, error) {
	session, err := g.session(r)
	if err != nil {
		return nil, err
	}
	subject, _ := session.Values["subject"].(string)
	if subject == "" {
		return nil, nil
	}
	p := &latchkey.Person{Authentication: oauth.Authentication{Subject: subject}}
	p.SessionID, _ = session.Values["id"].(string)
	p.ACR, _ = session.Values["acr"].(string)
	p.Name, _ = session.Values["name"].(string)
	p.Admin, _ = session.Values["admin"].(bool)
	amr, _ := session.Values["amr"].(string)
	p.AMR = strings.Fields(amr)
	roles, _ := session.Values["roles"].(string)
	p.Roles = rolesOf(roles)
	at, _ := session.Values["auth_time"].(int64)
	p.AuthTime = fromMilliseconds(at)
	return p, nil
}

// LogIn redirects to the login page.
func (g Gorilla) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	redirectToLogin(w, r, g.LoginPage, why)
}

// LogOut ends the session.
func (g Gorilla) LogOut(w http.ResponseWriter, r *http.Request) error {
	session, err := g.session(r)
	if err != nil {
		return err
	}
	session.Values = make(map[any]any)
	session.Options.MaxAge = -1
	return session.Save(r, w)
}

// session returns the session of a request. If the cookie was changed or has expired,
// the session is empty. The error is one of the store.
func (g Gorilla) session(r *http.Request) (*sessions.Session, error) {
	session, err := g.Store.Get(r, g.Name)
	if invalid := securecookie.Error(nil); errors.As(err, &invalid) && invalid.IsDecode() {
		err = nil
	}
	if err == nil && session == nil {
		return nil, errors.New("the store returned no session")
	}
	return session, err
}
