package declared

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// Store has the rows that are compared and changed.
type Store interface {
	oauth.AdminStore
	oauth.DefinitionStore
	account.GroupStore
	account.ProviderStore
	Client(ctx context.Context, id string) (*oauth.Client, error)
	User(ctx context.Context, id string) (*account.User, error)
	UserByName(ctx context.Context, canonical string) (*account.User, error)
	UsersByEmail(ctx context.Context, email string) ([]*account.User, error)
	Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error)
	HostPeople(ctx context.Context) (bool, error)
}

// Target is the database that is changed to match a file.
type Target struct {
	Store     Store
	Acts      *acts.Acts
	Accounts  *account.Accounts
	Providers *loginproviders.Set // needed for a file with login providers
	Clock     func() time.Time
	// Define sets the scopes and the resources of the database with which Acts validates
	// applications.
	Define func(ctx context.Context, rows []oauth.Definition) error
	// MayCompare returns an error if the secret of a stored application or login provider must not be
	// compared with that of the file: the difference shows whether they are the same. The application
	// is nil for a login provider. Without MayCompare, all can be compared.
	MayCompare func(kind string, stored *oauth.Client) error
	// Changed is called after each change, with the step, the ID of the object and the values that
	// changed.
	Changed func(s *Step, target string, details *oauth.EventDetails)
}

// An Action is what happens to an object.
type Action string

// The actions.
const (
	Create Action = "create"
	Change Action = "change"
	Delete Action = "delete"
)

// A Step is a change of one object.
type Step struct {
	Action  Action         `json:"action"`
	Kind    string         `json:"kind"` // one of Kinds
	Name    string         `json:"name"`
	Changes []oauth.Change `json:"changes,omitempty"` // without secrets
	Person  *Account       `json:"person,omitempty"`  // of a step for a person
	// UsedBy are the client IDs of applications that list a scope or a resource that is deleted.
	UsedBy []string `json:"used_by,omitempty"`
	// Members are those of a group that gains a role, or is deleted.
	Members *MemberList `json:"members,omitempty"`
	// Confirm is the reason for which a person must check the step before it is made, or empty.
	Confirm Reason `json:"confirm,omitempty"`

	before *oauth.Client // the application, or nil
	client *oauth.Client // the application afterwards, or nil
	secret bool          // the application gets a secret
	group  *groupChange  // of a step for a group
	line   int           // of the file, or 0
	last   bool          // after the steps that add something
	run    func(context.Context) (target string, d *oauth.EventDetails, err error)
}

// A Plan is the difference between a file and what is stored.
type Plan struct {
	// Steps are made in this order. The first error ends them: the steps before it were made.
	Steps []Step `json:"steps"`
	// Kept are the names of objects that are not in the file, by their kinds. They are kept.
	Kept map[string][]string `json:"kept,omitempty"`
	// Warnings are about objects of the file that are stored as it says, and have no effect.
	Warnings []string `json:"warnings,omitempty"`
}

// Count returns how many steps have the action.
func (p *Plan) Count(a Action) (n int) { return count(p.Steps, a) }

func count(steps []Step, a Action) (n int) {
	for _, s := range steps {
		if s.Action == a {
			n++
		}
	}
	return n
}

// Plan compares the file with what is stored, and checks all changes. Objects that are not in
// the file are deleted only with prune, and only if the file has a list of their kind. Everything
// that is wrong is returned as Mistakes, with the lines of the file. Any other error says nothing about the
// file.
func (t *Target) Plan(ctx context.Context, f *File, prune bool) (*Plan, error) {
	p, err := t.newPlanner(ctx, f, prune)
	if err != nil {
		return nil, err
	}
	plan, err := p.run(ctx)
	if plan != nil {
		slices.SortStableFunc(plan.Steps, func(a, b Step) int { return order(a) - order(b) })
		for i := range plan.Steps {
			plan.Steps[i].Confirm = plan.Steps[i].reason()
		}
	}
	return plan, err
}

// order returns the place of a step: a step that adds something comes before those that take
// something away, scopes and resources exist before the applications that list them, and are deleted
// after them. The steps for scopes and resources keep their order.
func order(s Step) int {
	all := len(Kinds())
	n := slices.Index(Kinds(), s.Kind)
	if s.Kind == Resources {
		n = slices.Index(Kinds(), Scopes)
	}
	switch {
	case s.Action == Delete:
		return 3*all - n
	case s.last:
		return all + n
	}
	return n
}

// ErrChanged means that an object has changed since it was compared.
var ErrChanged = errors.New("it was changed by another person or program at the same time")

// Apply makes the steps of a plan. Each is one conditional change, which fails if the object has
// changed since it was compared. It stops at the first error, and returns how many steps were applied.
func (t *Target) Apply(ctx context.Context, p *Plan) (applied int, err error) {
	if err := t.useStored(ctx); err != nil {
		return 0, err
	}
	for _, s := range p.Steps {
		target, details, err := s.run(ctx)
		if details != nil { // also if only a part of the step was made
			t.Changed(&s, target, details)
		}
		t.changedRoles(&s, target)
		switch {
		case s.Action == Create: // the error says what is wrong
		case errors.Is(err, oauth.ErrConflict), errors.Is(err, account.ErrConflict), errors.Is(err, oauth.ErrNotFound), errors.Is(err, account.ErrNotFound):
			err = ErrChanged
		}
		if err == nil || details != nil {
			applied++
		}
		if err != nil {
			return applied, fmt.Errorf("%s %s: %w", Noun(s.Kind), s.Name, err)
		}
	}
	return applied, nil
}

// Act returns the act of the back office that makes the same change as a step, such as groups/add.
func (s *Step) Act() string {
	kind := strings.ReplaceAll(s.Kind, "_", "-")
	switch {
	case s.Kind == People:
		return "users/{id}"
	case s.Action == Create:
		return kind + "/add"
	case s.Action == Delete:
		return kind + "/{id}/delete"
	}
	return kind + "/{id}/edit"
}

// changedRoles reports for each of the people who gained or lost a role by a step for a group that their
// roles have changed.
func (t *Target) changedRoles(s *Step, target string) {
	if s.group == nil {
		return
	}
	for _, m := range s.group.affected {
		details := audit.RoleDetails(s.group.before, s.group.after, m.UserID)
		t.Changed(s, target, &details)
	}
}

// Noun returns the word for one object of a kind.
func Noun(kind string) string {
	return map[string]string{Scopes: "scope", Resources: "resource", Groups: "group", LoginProviders: "login provider", Applications: "application", People: "person"}[kind]
}

// secretChange is the change of a secret, which is never shown.
var secretChange = oauth.Change{Field: "client_secret", After: "(new)"}

// inLine returns an error with the line of an object.
func inLine(line int, err error) error {
	if err == nil {
		return nil
	}
	return Fault{line, err.Error(), err}
}
