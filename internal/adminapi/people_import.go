package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// MaxImported is how many people a request can import, and MaxImport is the length of the longest
// request, in bytes.
const MaxImported, MaxImport = 100, 1 << 20

// An ImportedPerson is an account of another server.
type ImportedPerson struct {
	ID            string          `json:"id,omitempty" doc:"The sub of the person in tokens: a UUID with lower case letters. Without one, the person gets a new one."`
	Username      string          `json:"username" required:"yes" doc:"The name with which the person logs in."`
	Name          string          `json:"name,omitempty" doc:"The full name."`
	Email         string          `json:"email,omitempty" doc:"The email address."`
	EmailVerified bool            `json:"email_verified,omitempty" doc:"The person has confirmed the address."`
	Claims        json.RawMessage `json:"claims,omitempty" doc:"Further standard claims (OpenID Connect Core 5.1), as an object."`
	Roles         account.Roles   `json:"roles,omitempty" doc:"The roles in the back office and at this API."`
	Disabled      bool            `json:"disabled,omitempty" doc:"The person cannot log in."`
	PasswordHash  string          `json:"password_hash,omitempty" doc:"An argon2id hash in the PHC format. Without one, the person sets a password with a link, or logs in at another provider."`
}

// importedPeople are the accounts of a request.
type importedPeople struct {
	People []ImportedPerson `json:"people" required:"yes" doc:"The people, at most 100."`
	DryRun bool             `json:"dry_run,omitempty" doc:"The people are only checked."`
}

// An importResult says what happened to a person of the request.
type importResult struct {
	ID       string `json:"id,omitempty" doc:"The ID of the person, even if the account existed already; missing in a dry run if the person gets a new one."`
	Username string `json:"username" doc:"The name with which the person logs in."`
	Added    bool   `json:"added" doc:"The person was added or, in a dry run, would be added. Otherwise, the account existed already, and was not changed."`
}

// A partialImport is the error of an import that has added some of the people.
type partialImport struct {
	error
	added []importResult
}

func (p partialImport) Unwrap() error { return p.error }

type importResults struct {
	Data []importResult `json:"data" doc:"The people, in the order of the request."`
}

func (p ImportedPerson) account() account.ImportedUser {
	return account.ImportedUser{
		NewUser: account.NewUser{Username: p.Username, Email: p.Email, Name: p.Name, EmailVerified: p.EmailVerified, Claims: p.Claims, Roles: p.Roles},
		ID:      p.ID, PasswordHash: p.PasswordHash, Disabled: p.Disabled,
	}
}

// importPeople checks all people before it adds the first one.
func (a *api) importPeople(c *call, n importedPeople) (importResults, error) {
	if len(n.People) > MaxImported {
		return importResults{}, fault("people", fmt.Sprintf("Send at most %d people in a request.", MaxImported))
	}
	c.reported = true // for each person who is added
	list, err := a.checkImport(c, n.People)
	if err != nil || n.DryRun {
		return list, err
	}
	var added []importResult
	for i, p := range n.People {
		if !list.Data[i].Added {
			continue
		}
		u, isNew, err := a.Accounts.ImportMissing(c.Context(), p.account())
		if faults, ok := errors.AsType[validate.FieldErrors](err); ok {
			err = invalid(importFaults(i, faults)...)
		}
		if err != nil {
			return importResults{}, partialImport{err, added}
		}
		list.Data[i].ID, list.Data[i].Added = u.ID, isNew
		if !isNew {
			continue
		}
		added = append(added, list.Data[i])
		c.report(u.ID, oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(nil, u)})
	}
	return list, nil
}

// checkImport returns which of the people are to be added, or all that is wrong with them.
func (a *api) checkImport(c *call, people []ImportedPerson) (importResults, error) {
	given := new(account.User)
	for _, p := range people {
		given.SetRoles(append(given.Roles(), p.Roles...))
	}
	list := importResults{Data: []importResult{}}
	if err := c.needForPerson(nil, given); err != nil {
		return list, err
	}
	var faults []FieldError
	seen := make(map[string]bool)
	for i, p := range people {
		present, err := a.Accounts.FindImported(c.Context(), p.account())
		if wrong, ok := errors.AsType[validate.FieldErrors](err); ok {
			faults = append(faults, importFaults(i, wrong)...)
			continue
		}
		if err != nil {
			return list, err
		}
		canonical, err := account.CanonicalUsername(p.Username)
		if err != nil {
			return list, err
		}
		if seen[canonical] || p.ID != "" && seen[p.ID] {
			faults = append(faults, FieldError{fmt.Sprintf("people[%d].username", i), "The request contains the username or the ID twice."})
		}
		seen[canonical], seen[p.ID] = true, true
		result := importResult{p.ID, p.Username, present == nil}
		if present != nil {
			result.ID = present.ID
		}
		list.Data = append(list.Data, result)
	}
	if len(faults) > 0 {
		return list, invalid(faults...)
	}
	return list, nil
}

// importFaults returns what is wrong with a person of the request.
func importFaults(i int, wrong validate.FieldErrors) (faults []FieldError) {
	for _, f := range wrong {
		faults = append(faults, FieldError{fmt.Sprintf("people[%d].%s", i, f.Field), f.Message})
	}
	return faults
}
