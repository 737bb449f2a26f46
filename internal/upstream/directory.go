package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrWrongPassword means that a directory has no such person, or that the password is
// wrong. It does not say which.
var ErrWrongPassword = errors.New("the directory does not accept the username and the password")

// A Directory is a server that checks passwords, such as an LDAP server. An error that
// wraps neither ErrUnavailable nor ErrWrongPassword is a fault of the settings.
type Directory interface {
	// Find returns the only entry that a username means, or nil if there is none, or more
	// than one. The username is not empty, and has no control characters.
	Find(ctx context.Context, username string) (*Entry, error)
	// Check returns ErrWrongPassword unless the password belongs to the entry, which still
	// is that of the same person. An entry without an ID does not exist: the check must take
	// the same time. The password is not empty. After the password was accepted, and not
	// before, Check does what FindGroups does: the time of a search would reveal to everybody
	// which names exist, and how many groups a person has.
	Check(ctx context.Context, e *Entry, password string) error
	// FindGroups sets the groups of an entry, for a test by an administrator.
	FindGroups(ctx context.Context, e *Entry) error
}

// An Entry is a person in a directory.
type Entry struct {
	// ID identifies the person, also under another name, and is never used for another
	// one.
	ID string
	// Name is the name of the entry in the directory, such as a distinguished name, and
	// Username the text with which it was found.
	Name, Username string
	Attributes     map[string][]string
	// Disabled is set if the person cannot log in.
	Disabled bool
}

// directoryClaims are the attributes from which fields are taken by default.
var directoryClaims = map[string]string{
	"username": "uid", "name": "cn", "email": "mail", "groups": "memberOf", "given_name": "givenName", "family_name": "sn",
}

// maxPassword is the length of the longest password, in bytes.
const maxPassword = 1024

// HasPasswords reports whether people log in to the provider with a password on a page of
// this server.
func (s Settings) HasPasswords() bool { return s.Type == TypeLDAP }

// DirectoryIssuer is the issuer of the identities in a directory. It is not the address of
// the server, which can change.
func (s Settings) DirectoryIssuer() string {
	if s.Issuer != "" {
		return s.Issuer
	}
	return "ldap:" + strings.ToLower(strings.ReplaceAll(s.BaseDN, " ", ""))
}

// Find returns the entry of a username in a directory. If there is none, or the username is
// not valid, it returns an entry without an ID, with which CheckPassword fails.
func (p *Provider) Find(ctx context.Context, username string) (*Entry, error) {
	const maxUsername = 256
	username = strings.TrimSpace(username)
	if username == "" || len(username) > maxUsername || !utf8.ValidString(username) || strings.ContainsFunc(username, unicode.IsControl) {
		return new(Entry), nil
	}
	e, err := p.directory.Find(ctx, username)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, unavailable(err))
	}
	if e == nil || e.ID == "" {
		return new(Entry), nil
	}
	return e, nil
}

// CheckPassword returns ErrWrongPassword unless the password belongs to the entry. An empty
// password is never sent: for LDAP, it means an anonymous login, which succeeds (RFC 4513
// §5.1.2).
func (p *Provider) CheckPassword(ctx context.Context, e *Entry, password string) error {
	if password == "" || len(password) > maxPassword || strings.ContainsRune(password, 0) {
		return ErrWrongPassword
	}
	err := p.directory.Check(ctx, e, password)
	switch {
	case err != nil && !errors.Is(err, ErrWrongPassword):
		return fmt.Errorf("%s: %w", p.Name, unavailable(err))
	case err != nil || e.ID == "" || e.Disabled:
		return ErrWrongPassword
	}
	return nil
}

// unavailable returns an error that wraps ErrUnavailable.
func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// Person returns the person of an entry whose password was checked, or ErrNotAllowed with
// the person. The addresses in a directory count as verified.
func (p *Provider) Person(e *Entry) (*Identity, error) {
	c := make(claims)
	for field := range ownClaims {
		name := p.claim(field)
		values := e.Attributes[name]
		if name == "" || len(values) == 0 {
			continue
		}
		var value any = values[0]
		if field == "groups" {
			value = values
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		c[name] = text
	}
	i := &Identity{Issuer: p.DirectoryIssuer(), Subject: e.ID}
	i.fill(p.Settings, c)
	i.EmailVerified = i.Email != ""
	return i, p.allowed(i)
}
