package account

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// User is a person with an account.
type User struct {
	// ID never changes and is never given to another person: the sub claim.
	ID string
	// Username is what the person types to log in, as they wrote it. Two
	// names that differ only in letter case or Unicode form are the same.
	Username string
	// Email may be empty.
	Email string
	// Name is the person's full name for display; may be empty.
	Name string
	// Claims are further standard claims (OpenID Connect Core §5.1) as one
	// JSON object, or nil.
	Claims json.RawMessage
	// PasswordHash is an argon2id PHC string; empty means that no password works.
	PasswordHash string
	// Admin may use the back office.
	Admin bool
	// Disabled cannot log in; their sessions and tokens stand still.
	Disabled    bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
	LastLoginAt time.Time // zero: never
	// Version counts the changes; a Store refuses to save over a newer one.
	Version int64
}

// DisplayName is the name to show: the full name, or else the username.
func (u *User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Username
}

// isText reports whether every database keeps the text as it is.
func isText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// CanonicalUsername gives the form in which usernames are compared: case
// folded and normalised (RFC 8265 §3.3), without blanks around it. A name
// that the profile refuses gives an error that a person may read.
func CanonicalUsername(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", validate.Field("username", "Please choose a username.")
	}
	if len(name) > 150 || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", validate.Field("username", "A username has at most 150 characters and no blanks.")
	}
	canonical, err := precis.UsernameCaseMapped.String(name)
	if err != nil {
		return "", validate.Field("username", "The username holds a character that is not allowed. Use letters, digits and . _ - @ +")
	}
	return canonical, nil
}
