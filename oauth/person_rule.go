package oauth

import (
	"context"
	"slices"
	"strings"
)

// PersonKey is a key by which a person is found.
type PersonKey string

// The keys of a person.
const (
	PersonBySubject  PersonKey = "subject"  // the sub that this server uses for the person
	PersonByUsername PersonKey = "username" // the username of the person's account
	PersonByEmail    PersonKey = "email"    // only addresses that were verified
)

// PersonKeys returns all keys.
func PersonKeys() []PersonKey { return []PersonKey{PersonBySubject, PersonByUsername, PersonByEmail} }

// PersonRule finds the person that a JWT of a TrustedIssuer is about. The zero rule
// finds nobody.
type PersonRule struct {
	// By is the key that has the value of the claim.
	By PersonKey
	// Claim is the name of the claim; empty means sub.
	Claim string
	// Prefix is put before the value of the claim.
	Prefix string
	// Create accepts people who have no account. Their subject is Prefix and the value
	// of the claim. It requires PersonBySubject, and a Prefix that is a name with a
	// colon at its end, such as "corp:". No user ID and no username contains a colon.
	Create bool
}

// Faults returns what is wrong with the rule, or nil. Each fault is a text for the
// administrator.
func (r PersonRule) Faults() (faults []string) {
	switch {
	case r == PersonRule{}:
	case !slices.Contains(PersonKeys(), r.By):
		faults = append(faults, "person: by is not one of subject, username, email")
	case r.Create && (r.By != PersonBySubject || !isCreatePrefix(r.Prefix)):
		faults = append(faults, `person: create requires by: subject and a prefix of letters, digits, . _ and - with a colon at its end, such as "corp:". IDs and names of people with an account contain no colon, so the people of the issuer are never mistaken for them`)
	case r.By == PersonByEmail && r.Prefix != "":
		faults = append(faults, "person: an email address has no prefix")
	}
	return faults
}

// isCreatePrefix reports whether the prefix separates people without an account from
// all others.
func isCreatePrefix(prefix string) bool {
	name, found := strings.CutSuffix(prefix, ":")
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	return found && name != "" && !strings.ContainsFunc(name, other)
}

// PersonQuery holds the key and the value by which a person is found.
type PersonQuery struct {
	By    PersonKey // the kind of the value, such as an email address
	Value string    // what is searched for, with the prefix of the rule
}

// PersonSource returns the subject of a person, or ErrNotFound if there is no such
// person or more than one. After any other error the request is answered with the status
// 503, and the client can repeat it. Calls are concurrent.
type PersonSource func(ctx context.Context, q PersonQuery) (subject string, err error)
