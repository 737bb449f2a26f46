package main

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Current reports to Latchkey which user is logged in. A user's name may change,
// but the subject must always stay the same. A program that keeps its sessions in a
// database returns the error if it cannot read them.
func (s *site) Current(r *http.Request) (*latchkey.Person, error) {
	id, found := s.session(r)
	if found == nil {
		return nil, nil // nobody is logged in
	}
	return &latchkey.Person{
		Authentication: oauth.Authentication{Subject: "user-" + found.name, SessionID: id, AuthTime: found.startedAt},
		Name:           found.name, Admin: found.name == "ada",
	}, nil
}

// LogIn sends a user to the login page, which then continues at why.Next.
func (s *site) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

// LogOut ends the session of the browser. Latchkey shows the page afterwards.
func (s *site) LogOut(w http.ResponseWriter, r *http.Request) error {
	s.endSession(w, r)
	return nil
}
