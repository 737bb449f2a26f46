package account

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// User is a person with an account.
type User struct {
	// ID is the sub claim. It never changes and is never assigned to another
	// person.
	ID string
	// Username is the name with which the person logs in, as they typed it.
	// Usernames are compared in their canonical form (see CanonicalUsername).
	Username string
	// Email may be empty.
	Email string
	// Name is the person's full name for display. It may be empty.
	Name string
	// Claims holds further standard claims (OpenID Connect Core §5.1) as one
	// JSON object. It may be nil.
	Claims json.RawMessage
	// PasswordHash is an argon2id PHC string. If it is empty, the person cannot
	// log in with a password.
	PasswordHash string
	// Admin is set if the person has the role RoleAdministrator, and OtherRoles are the other
	// roles, sorted. Roles returns all of them.
	Admin      bool
	OtherRoles Roles
	// Memberships are the groups of the person, sorted by name. UpdateUser ignores them.
	Memberships []Membership
	// Disabled prevents the person from logging in. Their sessions are deleted
	// and their tokens are rejected.
	Disabled    bool
	CreatedAt   time.Time // the time at which the account was created
	UpdatedAt   time.Time // the time of the last change
	LastLoginAt time.Time // zero if the person has never logged in
	// ExpiresAt is when the account is deleted, or zero. Only an account that a
	// person created themselves, and has neither confirmed nor used again, expires.
	ExpiresAt time.Time
	// DeleteAt is when the account is deleted at the request of the person, or zero.
	// Until then the account is disabled, and the person can keep it.
	DeleteAt time.Time
	// Version is incremented by each change. A Store rejects an update that is
	// based on an older version.
	Version int64
	// LoginEpoch is incremented by everything that ends all sessions of the user: a
	// new password, disabling, logging out everywhere. A login whose password was
	// checked before such a change does not start a session. The loss of a role also increments
	// it, which revokes the personal tokens but does not end the sessions.
	LoginEpoch int64
	// Factors are the kinds of second factors that the person has, sorted:
	// FactorPasskey and FactorTOTP. If it is not empty, the password alone does not
	// start a session.
	Factors []FactorKind
}

// Has reports whether the person has a second factor of a kind.
func (u *User) Has(kind FactorKind) bool { return slices.Contains(u.Factors, kind) }

// DisplayName returns the full name, or the username if there is no full name.
func (u *User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Username
}

// isText reports whether every database can store s: it must be valid UTF-8
// and must not contain NUL.
func isText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// CanonicalUsername returns the form in which usernames are compared: without
// surrounding space, case folded and normalized (RFC 8265 §3.3). If name is not
// a valid username, it returns validate.FieldErrors.
func CanonicalUsername(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", validate.Field("username", "Enter a username.").WithCode("username_missing")
	}
	if len(name) > 150 || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", validate.Field("username", "A username can have at most 150 characters and cannot contain spaces.").WithCode("username_long")
	}
	canonical, err := precis.UsernameCaseMapped.String(name)
	if err != nil || validate.Name("username", name) != nil {
		return "", validate.Field("username", "The username contains a character that is not allowed. Use letters, digits and . _ - @ +").WithCode("username_characters")
	}
	return canonical, nil
}
