package latchkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const (
	// maxName and maxACR are lengths in characters.
	maxName, maxACR = 255, 255
	// maxFuture is how far an AuthTime can be in the future, because the clock of the
	// host, or of its database, can differ from the clock of this process.
	maxFuture = 5 * time.Second
)

// host adapts Options.People to package web. Its zero value is not valid.
type host struct {
	people     People
	sessionKey []byte
	clock      func() time.Time
}

// hostLogin returns the login of the host, or nil.
func (s *Server) hostLogin() *web.Host {
	if s.options.People == nil {
		return nil
	}
	h := host{s.options.People, s.sessionKey, s.options.Clock}
	login := &web.Host{Current: h.current, LogIn: h.logIn}
	if people, ok := h.people.(PeopleLogOut); ok {
		login.LogOut = people.LogOut
	}
	return login
}

// current returns the person who is logged in, with the hash of the session.
func (h host) current(r *http.Request) (web.Person, error) {
	p, err := h.people.Current(r)
	if err != nil {
		return web.Person{}, &web.HostError{Method: "People.Current", Err: err}
	}
	if p == nil {
		return web.Person{}, nil
	}
	if err := checkPerson(p, h.clock()); err != nil {
		return web.Person{}, fmt.Errorf("latchkey: People.Current returned a Person that is not valid: %w", err)
	}
	login := p.Authentication
	login.SessionID = hashSession(h.sessionKey, login.SessionID)
	if p.Name == "" {
		return web.Person{Authentication: &login, Name: login.Subject, Roles: p.roles()}, nil
	}
	return web.Person{Authentication: &login, Name: p.Name, Roles: p.roles()}, nil
}

// checkPerson checks what a host returns. Its errors contain no values, except roles.
func checkPerson(p *Person, now time.Time) error {
	printable := func(text string) bool {
		return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
	}
	switch {
	case p.Subject == "":
		return errors.New("the Subject is empty. Return nil if nobody is logged in")
	case !oauth.IsSubject(p.Subject):
		return errors.New("the Subject " + oauth.SubjectRule)
	case p.AuthTime.Year() > now.Year()+1000:
		return fmt.Errorf("the AuthTime is in the year %d. If it is a number of milliseconds, use time.UnixMilli", p.AuthTime.Year())
	case p.AuthTime.After(now.Add(maxFuture)):
		return fmt.Errorf("the AuthTime is %s in the future. Check the clocks and the time zone", p.AuthTime.Sub(now).Round(time.Second))
	case !p.AuthTime.IsZero() && p.AuthTime.Unix() <= 0:
		return errors.New("the AuthTime is not after 1970. Leave it zero if it is not known")
	case !isName(p.Name):
		return fmt.Errorf("the Name is longer than %d characters, or is not text", maxName)
	case !printable(p.ACR) || len(p.ACR) > maxACR:
		return errors.New("the ACR is too long, or has a character that is not printable ASCII")
	}
	for _, role := range p.Roles {
		if !role.Valid() {
			return fmt.Errorf("%q is not a role. Use account.RoleAdministrator, account.RoleOperator or account.RoleAuditor", role)
		}
	}
	for _, method := range p.AMR {
		if method == "" || !printable(method) || len(method) > maxACR {
			return errors.New("a value of AMR is empty, too long, or has a character that is not printable ASCII")
		}
	}
	return nil
}

// isName reports whether a name of a person can be shown.
func isName(name string) bool {
	return oauth.IsText(name) && utf8.RuneCountInString(name) <= maxName
}

// storedSession returns the id under which the Store knows a login session.
func (s *Server) storedSession(id string) string {
	if s.options.People == nil {
		return id
	}
	return hashSession(s.sessionKey, id)
}

// hashSession returns the hash that is stored and used in place of a session id of the
// host, because the id can be the secret of a cookie.
func hashSession(key []byte, id string) string {
	if id == "" {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// logIn sends a person to the login page of the host.
func (h host) logIn(w http.ResponseWriter, r *http.Request, next string, reason provider.LoginReason, req *provider.AuthorizationRequest) {
	why := Interaction{Next: next, Reason: reason}
	if req != nil {
		why.LoginHint, why.UILocales, why.ACRValues, why.Client, why.Scope = req.LoginHint, req.UILocales, req.WantedACRs(), req.Client, req.RequestedScopes()
		if req.MaxAge != nil {
			age := time.Duration(*req.MaxAge) * time.Second
			why.MaxAge = &age
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	h.people.LogIn(w, r, why)
}
