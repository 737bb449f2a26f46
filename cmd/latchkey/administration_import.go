package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// imports adds users of another server.
type imports interface {
	// CheckImport returns the users that do not exist yet. The error joins the errors of all users.
	CheckImport(ctx context.Context, users []importedUser) ([]importedUser, error)
	// ImportUsers adds users in their order. If it fails, it returns the number of users that were added, or fewer:
	// a server may have added more than it reported.
	ImportUsers(ctx context.Context, users []importedUser) (added int, err error)
}

func (d *inDatabase) CheckImport(ctx context.Context, users []importedUser) (missing []importedUser, err error) {
	if err := d.needAccounts(ctx, "nobody could log in to the new accounts"); err != nil {
		return nil, err
	}
	var faults []error
	accounts := d.accounts(d.store)
	for _, u := range users {
		present, err := accounts.FindImported(ctx, u.account())
		if _, wrong := errors.AsType[validate.FieldErrors](err); err != nil && !wrong {
			return nil, err
		}
		switch {
		case err != nil:
			faults = append(faults, u.fault(err))
		case present == nil:
			missing = append(missing, u)
		}
	}
	return missing, errors.Join(faults...)
}

func (d *inDatabase) ImportUsers(ctx context.Context, users []importedUser) (added int, err error) {
	accounts := d.accounts(d.store)
	for _, u := range users {
		user, isNew, err := accounts.ImportMissing(ctx, u.account())
		if err != nil {
			return added, u.fault(err)
		}
		if isNew {
			added++
			d.changed(d.cmd, d.store, user.ID, userChange(nil, user))
		}
	}
	return added, nil
}

// CheckImport lets the server check the users, without adding them.
func (a *atServer) CheckImport(ctx context.Context, users []importedUser) (missing []importedUser, err error) {
	var faults []error
	err = a.importAll(ctx, users, true, func(u importedUser, added bool, fault error) {
		switch {
		case fault != nil:
			faults = append(faults, fault)
		case added:
			missing = append(missing, u)
		}
	})
	if err == nil {
		err = errors.Join(faults...)
	}
	return missing, err
}

func (a *atServer) ImportUsers(ctx context.Context, users []importedUser) (n int, err error) {
	var faults []error
	err = a.importAll(ctx, users, false, func(_ importedUser, added bool, fault error) {
		if fault != nil {
			faults = append(faults, fault)
		} else if added {
			n++
		}
	})
	if err == nil {
		err = errors.Join(faults...)
	}
	return n, err
}

// importAll sends users in requests of limited length, in their order. It calls do for each of them, with
// whether the server has added it, or with what is wrong with it. In a dry run, it also sends the users
// after those that are wrong.
func (a *atServer) importAll(ctx context.Context, users []importedUser, dryRun bool, do func(u importedUser, added bool, fault error)) error {
	for len(users) > 0 {
		body, n, err := importRequest(users, dryRun)
		if err != nil {
			return err
		}
		var response struct{ Data []struct{ Added bool } }
		err = a.api.callSlowly(ctx, http.MethodPost, "import-people", body, &response)
		problem, refused := errors.AsType[*apiError](err)
		if refused {
			for _, name := range problem.added {
				if i := slices.IndexFunc(users[:n], func(u importedUser) bool { return u.Username == name }); i >= 0 {
					do(users[i], true, nil)
				}
			}
		}
		switch {
		case refused && len(problem.fields) > 0:
			for _, f := range problem.fields {
				i, text := importFault(f)
				u := users[min(i, n-1)]
				do(u, false, u.fault(errors.New(oneLine(text))))
			}
			if !dryRun {
				return nil
			}
		case err != nil:
			return withoutAccounts(err)
		case len(response.Data) != n:
			return errors.New("the server did not return one result for each user of the request")
		}
		for i, result := range response.Data {
			do(users[i], result.Added, nil)
		}
		users = users[n:]
	}
	return nil
}

// importRequest returns the body of a request with the first of the users, and how many these are.
func importRequest(users []importedUser, dryRun bool) (body map[string]any, n int, err error) {
	const most = adminapi.MaxImport - 1024 // bytes of the users
	var people []json.RawMessage
	length := 0
	for _, u := range users {
		of := u.account()
		roles := of.Roles
		if of.Admin {
			roles = append(account.Roles{account.RoleAdministrator}, roles...)
		}
		text, err := json.Marshal(adminapi.ImportedPerson{
			ID: of.ID, Username: of.Username, Name: of.Name, Email: of.Email, EmailVerified: of.EmailVerified, Claims: of.Claims, Roles: roles,
			Disabled: of.Disabled, PasswordHash: of.PasswordHash,
		})
		if err != nil {
			return nil, 0, u.fault(err)
		}
		if length += len(text) + 1; len(people) == adminapi.MaxImported || len(people) > 0 && length > most {
			break
		}
		people = append(people, text)
	}
	return map[string]any{"people": people, "dry_run": dryRun}, len(people), nil
}

// importFault returns which of the users of a request an error is about, and its text without the
// position in the request.
func importFault(f adminapi.FieldError) (i int, text string) {
	position, member, found := strings.Cut(f.Field, "].")
	if n, _ := fmt.Sscanf(position, "people[%d", &i); !found || n != 1 || i < 0 {
		return 0, f.Field + ": " + f.Message
	}
	return i, member + ": " + f.Message
}

// callSlowly is call for a command that sends many requests: if the server limits their rate, it waits.
func (a *apiClient) callSlowly(ctx context.Context, method, path string, in, to any) error {
	const most = 100
	for tries := 1; ; tries++ {
		err := a.call(ctx, method, path, "", in, to)
		problem, refused := errors.AsType[*apiError](err)
		if !refused || problem.status != http.StatusTooManyRequests || tries == most {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(problem.after):
		}
	}
}
