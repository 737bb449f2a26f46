package admin

import (
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// changed reports that an administrator has changed something. It is called for every
// action that succeeds: redirect calls it for actions that end with a redirect, and
// actions that show a secret or a result call it themselves. target is the ID of the row, or empty.
func (r *request) changed(target string) { r.report(target, r.details) }

// action returns the path of the page with {id} for the ID, such as "users/{id}/password". An action
// on rows of a list is the same as that on the page of one of them.
func (r *request) action() string {
	if r.act != "" {
		return r.act
	}
	_, action, _ := strings.Cut(r.Pattern, " "+r.b.Prefix)
	return strings.TrimSuffix(strings.TrimSuffix(action, "{$}"), "/")
}

// report reports one of the changes of an action.
func (r *request) report(target string, details oauth.EventDetails) {
	if r.Method == http.MethodPost {
		r.reportAct(target, details)
	}
}

// reportAct is report for an act that changes nothing, but must be recorded.
func (r *request) reportAct(target string, details oauth.EventDetails) {
	if r.b.OnEvent == nil || r.me == nil {
		return
	}
	r.b.OnEvent(r.Context(), audit.AboutPerson(oauth.Event{
		Name: oauth.EventAdministration, Kind: r.action(), Outcome: oauth.OutcomeOK,
		At: r.b.Clock(), Actor: r.me.ID, Target: target, Address: r.b.Address(r.Request), Details: &details,
	}))
}
