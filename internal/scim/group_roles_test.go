package scim_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// A lateGroups is a Store that calls before once, directly before it deletes a group.
type lateGroups struct {
	latchkey.Store
	before *func()
}

func (s lateGroups) DeleteGroup(ctx context.Context, id string, revision int64, at time.Time) error {
	if before := *s.before; before != nil {
		*s.before = nil
		before()
	}
	return s.Store.DeleteGroup(ctx, id, revision, at)
}

// TestTheLossOfARoleThroughADeletedGroupIsRecorded in the history of each member, even if the group got
// the role after the request began.
func TestTheLossOfARoleThroughADeletedGroupIsRecorded(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = lateGroups{o.Store, before} })
	s.AddUser("root", true)
	ada := s.AddUser("ada", false)
	g := &account.Group{Name: "ops"}
	if err := s.Accounts.CreateGroup(t.Context(), g, ada.ID); err != nil {
		t.Fatal(err)
	}
	*before = func() {
		now, err := s.Store.Group(t.Context(), g.ID)
		must(t, err)
		now.Roles = account.Roles{account.RoleOperator}
		must(t, s.Accounts.UpdateGroup(t.Context(), now))
	}
	n := len(*s.events)
	s.want(http.StatusNoContent, "", s.as(account.RoleAdministrator, all), "DELETE", "Groups/"+g.ID, "")
	found := false
	for _, e := range (*s.events)[n:] {
		found = found || e.Name == "administration" && e.Subject == ada.ID
	}
	if !found {
		t.Error("the loss of the role of ada is not recorded")
	}
}
