package scim_test

import (
	"net/http"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestTheLossOfARoleThroughADeletedGroupIsRecorded in the history of each member.
func TestTheLossOfARoleThroughADeletedGroupIsRecorded(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	ada := s.AddUser("ada", false)
	g := &account.Group{Name: "ops", Roles: account.Roles{account.RoleOperator}}
	if err := s.Accounts.CreateGroup(t.Context(), g, ada.ID); err != nil {
		t.Fatal(err)
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
