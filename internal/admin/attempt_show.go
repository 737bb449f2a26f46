package admin

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type attemptPage struct {
	Flow   oauth.Flow    // the authorization request and its steps
	State  listBadge     // its state in words
	Client *oauth.Client // the application, or nil if it was deleted
	Steps  []attemptStep // what happened, in order
	Others []attemptLink // the other recent attempts of the application
}

// An attemptStep is a step of an attempt with its checks.
type attemptStep struct {
	Text   ui.Text       // the step
	At     time.Time     // when it happened, or zero if it was not reached
	State  string        // "ok", "bad", "warn", "wait" or "off"
	Checks []problemStep // the checks that this step made, or nil
	// Times is how often a failure of the login happened, and Provider the login provider, or empty.
	Times    string
	Provider string    // see Times
	Fix      ui.Text   // how to fix a failure of the login or a missing exchange of the code, or nil
	Links    []ui.Link // the pages on which that can be done
	// ErrorID is the error ID of the request that failed, or empty.
	ErrorID string
}

// HasIgnored reports whether a part of the request was ignored.
func (s attemptStep) HasIgnored() bool {
	return slices.ContainsFunc(s.Checks, func(c problemStep) bool { return c.Ignored })
}

// An attemptLink is a link to another attempt.
type attemptLink struct {
	URL   string    // its page
	State listBadge // its state in words
	At    time.Time // when it began
	Here  bool      // it is the one on this page
}

// attemptShow shows an attempt with all its steps.
func (b *office) attemptShow(r *request) error {
	id, err := oauth.ParseID(r.PathValue("id"))
	if err != nil {
		return errGone
	}
	f, ok, err := b.Flows.Find(r.Context(), id)
	if err != nil {
		return err
	}
	if !ok {
		return errGone
	}
	page := attemptPage{Flow: f, State: stateOf(flows.Attempt{Flow: &f, State: flows.StateOf(f)})}
	client, err := b.Store.Client(r.Context(), f.ClientID)
	switch {
	case err == nil:
		page.Client = shownClient(client)
	case !errors.Is(err, oauth.ErrNotFound):
		return err
	}
	var reason *oauth.Rejection
	if f.ErrorID != "" {
		rejected, found, err := b.Rejections.Find(r.Context(), f.ErrorID)
		if err != nil {
			return err
		}
		if found {
			reason = &rejected
		}
	}
	page.Steps = r.attemptSteps(f, reason)
	if page.Others, err = b.lastAttempts(r, f.ClientID, 8); err != nil {
		return err
	}
	for i := range page.Others {
		page.Others[i].Here = page.Others[i].URL == b.path("attempts", f.ID.String())
	}
	r.render(http.StatusOK, "attempt_show", ui.Text{"admin.title.attempt"}, "problems", page)
	return nil
}

// lastAttempts returns links to the last n attempts to log in to an application, newest first.
func (b *office) lastAttempts(r *request, clientID string, n int) (links []attemptLink, err error) {
	all, err := b.attempts(r, clientID)
	return b.attemptLinks(all, n), err
}

// attemptLinks returns links to the first n attempts.
func (b *office) attemptLinks(all []flows.Attempt, n int) (links []attemptLink) {
	for _, a := range all[:min(n, len(all))] {
		link := attemptLink{URL: b.path("attempts", a.ID), State: stateOf(a), At: a.At}
		if a.Flow == nil {
			link.URL = b.path("problems", a.ID)
		}
		links = append(links, link)
	}
	return links
}

// stepTexts are the steps and checks in words.
var stepTexts = map[flows.Name]ui.Text{
	flows.Request:      {"admin.attempt.request"},
	flows.DeviceBegins: {"admin.attempt.device_begins"},
	flows.CodeEntered:  {"admin.attempt.entered"},
	flows.LogIn:        {"admin.problem_show.step_login"},
	flows.WasLoggedIn:  {"admin.attempt.logged_in"},
	flows.Factor:       {"admin.problem_show.step_factor"},
	flows.Refused:      {"admin.attempt.refused"},
	flows.Consent:      {"admin.problem_show.step_consent"},
	flows.NoConsent:    {"admin.attempt.consented"},
	flows.StepFailed:   {"admin.attempt.failed"},
	flows.Response:     {"admin.problem_show.step_response"},
	flows.Exchange:     {"admin.attempt.exchange"},
	flows.DeviceTokens: {"admin.attempt.device_tokens"},

	flows.CheckRequest:        {"admin.problem_show.step_request"},
	flows.CheckClient:         {"admin.problem_show.step_client"},
	flows.CheckRedirect:       {"admin.problem_show.step_redirect"},
	flows.CheckParameters:     {"admin.problem_show.step_parameters"},
	flows.CheckAuthentication: {"admin.problem_show.step_authentication"},
	flows.CheckGrant:          {"admin.problem_show.step_grant"},
	flows.CheckCode:           {"admin.problem_show.step_code"},
	flows.CheckScope:          {"admin.problem_show.step_scope"},
	flows.CheckTokens:         {"admin.problem_show.step_tokens"},
}

// attemptSteps returns the steps of a flow in words.
func (r *request) attemptSteps(f oauth.Flow, rejected *oauth.Rejection) (all []attemptStep) {
	for _, s := range flows.Steps(f, rejected) {
		step := attemptStep{Text: stepTexts[s.Name], At: s.At, State: s.State, Checks: checksInWords(s.Checks)}
		if s.Reason != nil {
			step.Text, step.ErrorID = ui.English(rejections.CauseOf(*s.Reason)), s.Reason.ID
		}
		if s.Times > 0 {
			step.Text, step.Times, step.Provider = loginFailures[string(s.Name)].text, s.Repeated(), s.Provider
			step.Fix, step.Links = r.loginFix(string(s.Name))
		}
		if s.State == "wait" && (s.Name == flows.Exchange || s.Name == flows.DeviceTokens) {
			step.Fix = ui.English(rejections.Unfetched)
		}
		all = append(all, step)
	}
	return all
}

// checksInWords returns checks in words.
func checksInWords(checks []flows.Check) (all []problemStep) {
	for _, c := range checks {
		step := problemStep{Text: stepTexts[c.Name], Failed: c.Failed}
		if c.Name == flows.CheckIgnoredScope {
			step.Text, step.Ignored = ui.Text{"admin.attempt.ignored_scope", "scope", ui.Code(c.Scope)}, true
		}
		all = append(all, step)
	}
	return all
}
