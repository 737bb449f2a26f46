package admin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errGone is returned for something that does not exist, perhaps because it has
// been deleted.
var errGone = errors.New("not found")

// errHostsOwn is returned for a page that does not exist, because the people are those of a host
// program.
var errHostsOwn = &ui.Problem{
	Status: http.StatusNotFound, Heading: ui.Text{"problem.not_found_heading"}, Text: ui.Text{"admin.problem.hosts_own"},
	Advice: ui.Text{"admin.problem.hosts_own_advice"},
}

// errNotLoggedIn leads to the login page.
var errNotLoggedIn = errors.New("not logged in")

// errAsked reports that the request was answered with a page on which the person confirms
// their identity.
var errAsked = errors.New("the person has to confirm their identity")

// errSelf is returned to administrators who would lock themselves out.
var errSelf = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.self_heading"}, Text: ui.Text{"admin.problem.self"},
	Advice: ui.Text{"admin.problem.self_advice"},
}

// errOwnFactors is returned to administrators who would remove their own factors without
// the confirmation that the pages of their account require.
var errOwnFactors = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem.self_heading"}, Text: ui.Text{"admin.problem.own_factors"},
	Advice: ui.Text{"admin.problem.own_factors_advice"},
}

// fail answers a request that failed; nothing else in this package does. An
// error of this server is logged, and the page shows its id.
func (r *request) fail(err error) {
	if errors.Is(err, errNotLoggedIn) {
		if err = r.logIn(); err == nil {
			return
		}
	}
	p := problem(err)
	if p.Status >= http.StatusInternalServerError {
		id := r.logFailure(err)
		p.Advice = ui.Text{"admin.problem.error_id", "id", id}
	}
	if p.Status == http.StatusServiceUnavailable {
		r.w.Header().Set("Retry-After", "1")
		if ui.ParseForm(r.Request) == nil { // admit has checked where the form comes from
			p.Retry = ui.NewRetry(r.Request)
		}
	}
	if err := r.show(p.Status, "message", p.Heading, "", p); err != nil {
		r.logFailure(err)
		http.Error(r.w, p.Heading.String()+". "+p.Text.String(), p.Status)
	}
}

// problem describes an error to an administrator.
func problem(err error) *ui.Problem {
	if p, ok := errors.AsType[*ui.Problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, errGone), errors.Is(err, oauth.ErrNotFound), errors.Is(err, account.ErrNotFound):
		return &ui.Problem{
			Status: http.StatusNotFound, Heading: ui.Text{"problem.not_found_heading"},
			Text: ui.Text{"admin.problem.not_found"}, Advice: ui.Text{"admin.problem.not_found_advice"},
		}
	case errors.Is(err, account.ErrForbidden):
		return &ui.Problem{
			Status: http.StatusForbidden, Heading: ui.Text{"admin.problem.denied_heading"}, Text: ui.Text{"admin.problem.roles_changed"},
			Advice: ui.Text{"admin.problem.denied_advice"},
		}
	case errors.Is(err, account.ErrLastAdmin):
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.last_admin_heading"},
			Text: ui.Text{"admin.problem.last_admin"}, Advice: ui.Text{"admin.problem.last_admin_advice"},
		}
	case errors.Is(err, account.ErrManyMembers), errors.Is(err, account.ErrManyGroups):
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.many_heading"},
			Text: ui.Text{"admin.problem.many"}, Advice: ui.Text{"admin.problem.many_advice"},
		}
	case errors.Is(err, account.ErrLastFactor):
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.last_factor_heading"},
			Text: ui.Text{"admin.problem.last_factor"}, Advice: ui.Text{"admin.problem.last_factor_advice"},
		}
	case errors.Is(err, loginproviders.ErrNoNewLogins):
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.last_provider_heading"},
			Text: ui.Text{"admin.problem.last_provider"}, Advice: ui.Text{"admin.problem.last_provider_advice"},
		}
	case errors.Is(err, oauth.ErrConflict), errors.Is(err, account.ErrConflict):
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.conflict_heading"},
			Text: ui.Text{"admin.problem.conflict"}, Advice: ui.Text{"admin.problem.conflict_advice"},
		}
	case errors.Is(err, ui.ErrHostLogin):
		return &ui.Problem{Status: http.StatusServiceUnavailable, Heading: ui.Text{"problem.unavailable_heading"}, Text: ui.Text{"problem.host_login"}}
	case errors.Is(err, oauth.ErrUnavailable), errors.Is(err, account.ErrUnavailable):
		return &ui.Problem{Status: http.StatusServiceUnavailable, Heading: ui.Text{"problem.unavailable_heading"}, Text: ui.Text{"problem.database"}}
	}
	return &ui.Problem{Status: http.StatusInternalServerError, Heading: ui.Text{"problem.failure_heading"}, Text: ui.Text{"admin.problem.failure"}}
}

// logFailure logs an error of this server, and returns the id that it has in the
// log.
func (r *request) logFailure(err error) (id string) {
	id = ui.NewErrorID(r.w)
	_, route, _ := strings.Cut(r.Pattern, " ") // the pattern begins with a method
	r.b.Logger.ErrorContext(r.Context(), "back office request failed",
		"error_id", id, "route", strings.TrimSuffix(route, "{$}"), "error", oauth.Redacted(err.Error()))
	return id
}
