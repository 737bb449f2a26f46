package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type attemptPage struct {
	Flow     oauth.Flow       // the authorization request and its steps
	State    listBadge        // its state in words
	Client   *oauth.Client    // the application, or nil if it was deleted
	Steps    []attemptStep    // what happened, in order
	Rejected *oauth.Rejection // why a step failed, or nil
	Others   []attemptLink    // the other recent attempts of the application
}

// An attemptStep is a step of an attempt with its checks.
type attemptStep struct {
	Text   ui.Text       // the step
	At     time.Time     // when it happened, or zero if it was not reached
	State  string        // "ok", "bad", "wait" or "off"
	Checks []problemStep // the checks that this step made, or nil
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
	page := attemptPage{Flow: f, State: attemptStates[flows.State(f)]}
	client, err := b.Store.Client(r.Context(), f.ClientID)
	switch {
	case err == nil:
		page.Client = shownClient(client)
	case !errors.Is(err, oauth.ErrNotFound):
		return err
	}
	if f.ErrorID != "" {
		rejected, found, err := b.Rejections.Find(r.Context(), f.ErrorID)
		if err != nil {
			return err
		}
		if found {
			page.Rejected = &rejected
		}
	}
	page.Steps = attemptSteps(f, page.Rejected)
	all, err := b.attempts(r, f.ClientID)
	if err != nil {
		return err
	}
	for _, a := range all[:min(8, len(all))] {
		link := attemptLink{b.path("attempts", a.ID), attemptStates[a.State], a.At, a.ID == f.ID.String()}
		if a.Flow == nil {
			link.URL = b.path("problems", a.ID)
		}
		page.Others = append(page.Others, link)
	}
	r.render(http.StatusOK, "attempt_show", ui.Text{"admin.title.attempt"}, "problems", page)
	return nil
}

// attemptSteps returns the steps of a flow. The authorization request has passed all its checks,
// because a flow begins then. A step whose page the person did not need is omitted.
func attemptSteps(f oauth.Flow, rejected *oauth.Rejection) []attemptStep {
	var checks []problemStep
	for _, s := range authorizationSteps[:4] {
		checks = append(checks, problemStep{s.text, false})
	}
	all := []attemptStep{{ui.Text{"admin.attempt.request"}, f.BeganAt, "ok", checks}}
	answered := !f.ApprovedAt.IsZero() || !f.DeniedAt.IsZero()
	reached := func(done bool) string {
		if done {
			return "ok"
		}
		return "wait"
	}
	if !f.LoginAt.IsZero() {
		all = append(all, attemptStep{ui.Text{"admin.problem_show.step_login"}, f.LoginAt, reached(f.Person), nil})
	} else if f.Person {
		all = append(all, attemptStep{ui.Text{"admin.attempt.logged_in"}, time.Time{}, "ok", nil})
	}
	if !f.FactorAt.IsZero() {
		all = append(all, attemptStep{ui.Text{"admin.problem_show.step_factor"}, f.FactorAt, reached(answered || f.ConsentAt.After(f.FactorAt)), nil})
	}
	switch {
	case !f.DeniedAt.IsZero() && f.ApprovedAt.IsZero():
		return append(all, attemptStep{ui.Text{"admin.attempt.refused"}, f.DeniedAt, "bad", nil})
	case !f.ConsentAt.IsZero():
		all = append(all, attemptStep{ui.Text{"admin.problem_show.step_consent"}, f.ConsentAt, reached(answered), nil})
	case answered:
		all = append(all, attemptStep{ui.Text{"admin.attempt.consented"}, time.Time{}, "ok", nil})
	}
	failure := attemptStep{ui.Text{"admin.attempt.failed"}, f.FailedAt, "bad", nil}
	if rejected != nil {
		failure.Text = ui.English(rejected.Description)
		failure.Checks, _ = steps(*rejected)
	}
	if f.ApprovedAt.IsZero() {
		if !f.FailedAt.IsZero() {
			all = append(all, failure)
		}
		return append(all, attemptStep{ui.Text{"admin.problem_show.step_response"}, time.Time{}, "off", nil}, attemptStep{ui.Text{"admin.attempt.exchange"}, time.Time{}, "off", nil})
	}
	all = append(all, attemptStep{ui.Text{"admin.problem_show.step_response"}, f.ApprovedAt, "ok", nil})
	if !f.FailedAt.IsZero() {
		all = append(all, failure)
	}
	if f.TokenAt.IsZero() {
		return append(all, attemptStep{ui.Text{"admin.attempt.exchange"}, time.Time{}, "off", nil})
	}
	return append(all, attemptStep{ui.Text{"admin.attempt.exchange"}, f.TokenAt, "ok", tokenChecks()})
}

// tokenChecks are the checks of a token request that succeeded.
func tokenChecks() (checks []problemStep) {
	for _, s := range tokenSteps[:len(tokenSteps)-1] {
		checks = append(checks, problemStep{s.text, false})
	}
	return checks
}
