package audit_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestARecordSaysWhatHappened in a sentence with the names of the objects.
func TestARecordSaysWhatHappened(t *testing.T) {
	change := func(field, before, after string) audit.Record {
		return audit.Record{Details: &audit.Details{ClientName: "Fieldnotes", PersonName: "ada", TargetName: "staff", Changes: []oauth.Change{{Field: field, Before: before, After: after}}}}
	}
	member := change("roles", "operator", "")
	member.Person = "1"
	for _, test := range []struct {
		event, kind, outcome string
		record               audit.Record
		want                 string
	}{
		{oauth.EventAdministration, "applications/{id}/secret", oauth.OutcomeOK, change("client_secret", "", "rotated"), "Rotated a secret of Fieldnotes"},
		{oauth.EventAdministration, "applications/{id}/switch", oauth.OutcomeOK, change("disabled", "", "true, tokens revoked"), "Disabled Fieldnotes"},
		{oauth.EventAdministration, "users/{id}", oauth.OutcomeOK, change("roles", "", "operator"), "Changed the roles of ada"},
		{oauth.EventAdministration, "groups/{id}/members", oauth.OutcomeOK, change("group", "", "staff"), "Added ada to the group staff"},
		{oauth.EventAdministration, "latchkey group members", oauth.OutcomeOK, change("group", "staff", ""), "Removed ada from the group staff"},
		{oauth.EventAdministration, "groups/{id}/edit", oauth.OutcomeOK, change("roles", "operator", ""), "Changed the group staff"},
		{oauth.EventAdministration, "groups/{id}/edit", oauth.OutcomeOK, member, "Changed the roles of ada through the group staff"},
		{oauth.EventAdministration, "groups/{id}/delete", oauth.OutcomeOK, change("roles", "operator", ""), "Deleted the group staff"},
		{oauth.EventAdministration, "latchkey group delete", oauth.OutcomeOK, member, "Took ada out of the group staff, which was deleted"},
		{oauth.EventAdministration, "latchkey apply users/{id}", oauth.OutcomeOK, change("admin", "", "true"), "Made ada an administrator"},
		{oauth.EventAdministration, "latchkey apply groups/add", oauth.OutcomeOK, change("roles", "", "operator"), "Added the group staff"},
		{oauth.EventAdministration, "tokens", oauth.OutcomeOK, audit.Record{ClientID: "robot"}, "Revoked a token of robot"}, // which need not be that of a person
		{oauth.EventAdministration, "latchkey app edit", oauth.OutcomeOK, audit.Record{ClientID: "shop"}, "Changed the settings of shop"},
		{oauth.EventAdministration, "latchkey app edit", oauth.OutcomeOK, audit.Record{}, "Changed the settings of an application"},
		{oauth.EventAdministration, "of/an/earlier/release", oauth.OutcomeOK, audit.Record{}, "Made a change (of/an/earlier/release)"},
		{oauth.EventAdministration, "applications/{id}/owner/edit", oauth.OutcomeOK, change("client_name", "a", "b"), "Changed the settings of Fieldnotes, as its owner"},
		{oauth.EventOwnerChange, "applications/{id}/owner/edit", oauth.OutcomeOK, change("client_name", "a", "b"), "Changed the settings of Fieldnotes, as its owner"},
		{oauth.EventLogin, "", oauth.OutcomeOK, audit.Record{}, "Logged in"},
		{oauth.EventLogin, "", oauth.OutcomeWrongPassword, audit.Record{}, "Tried to log in"},
		{oauth.EventFactorChange, oauth.FactorChangePasskeyAdded, oauth.OutcomeOK, audit.Record{}, "Added a passkey"},
		{oauth.EventPermissionDenied, "keys", oauth.OutcomeDenied, audit.Record{}, "Made a request without permission (keys)"},
	} {
		r := test.record
		r.Event, r.Kind, r.Outcome = test.event, test.kind, test.outcome
		if got := r.What(); got != test.want {
			t.Errorf("%s %s: %q, not %q", test.event, test.kind, got, test.want)
		}
	}
}

// TestEveryRecordedEventHasASentence: the name of an event is not one.
func TestEveryRecordedEventHasASentence(t *testing.T) {
	for _, e := range oauth.EventTypes() {
		if r := (&audit.Record{Event: e.Name, Outcome: oauth.OutcomeOK}); e.Category != "" && r.What() == e.Name {
			t.Errorf("%s has no sentence", e.Name)
		}
	}
}
