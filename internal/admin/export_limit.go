package admin

import (
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// The exports that one process runs at the same time. A slow client can keep one running for hours.
const (
	exportsOfPerson = 2
	exportsInAll    = 8
)

// exports counts the exports that run.
type exports struct {
	mu  sync.Mutex
	all int
	of  map[string]int // by the ID of the person
}

// begin admits an export of a person, and returns the function that ends it.
func (e *exports) begin(person string) (end func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.of[person] >= exportsOfPerson:
		return nil, &ui.Problem{
			Status: http.StatusTooManyRequests, Heading: ui.Text{"admin.problem.exports_heading"}, Text: ui.Text{"admin.problem.exports_of_person"},
			Err: errors.New("the person runs too many exports"),
		}
	case e.all >= exportsInAll:
		return nil, &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: ui.Text{"admin.problem.exports_heading"}, Text: ui.Text{"admin.problem.exports_in_all"},
			Err: errors.New("too many exports are running"),
		}
	}
	if e.of == nil {
		e.of = make(map[string]int)
	}
	e.all++
	e.of[person]++
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all--
		if e.of[person]--; e.of[person] == 0 {
			delete(e.of, person)
		}
	}, nil
}

// keepsRoles returns an error if the person has logged out since the request began, or has lost one of
// the roles that decide what the request can read.
func (r *request) keepsRoles() error {
	now, err := r.b.Person(r.Request)
	if err != nil {
		return err
	}
	if now == nil || now.ID != r.me.ID || slices.ContainsFunc(r.me.Roles, func(role account.Role) bool { return !slices.Contains(now.Roles, role) }) {
		return account.ErrForbidden
	}
	return nil
}
