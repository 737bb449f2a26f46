package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// mostOwnAttempts is how many attempts the page of an application lists.
const mostOwnAttempts = 10

// A developedAttempt is an attempt to log in to an application of the person.
type developedAttempt struct {
	URL    string         // its page
	At     time.Time      // when it began
	State  developerState // how far it got
	Device bool           // it began on a device
}

// A developerAttemptPage shows an attempt to log in to an application that the person owns.
type developerAttemptPage struct {
	AppURL string                 // the page of the application
	Name   string                 // the application
	ID     string                 // of the attempt
	At     time.Time              // when it began
	State  developerState         // how far it got
	Steps  []developerAttemptStep // its steps, in order
	// Redirect is the comparison of the redirect URIs, or nil.
	Redirect *ui.RedirectComparison
	Version  int64  // the version of the application that was compared
	Problem  string // the error ID of the request, for the form that adds its redirect URI
}

// A developerAttemptStep is a step of an attempt.
type developerAttemptStep struct {
	Text    ui.Text                 // the step
	Reason  string                  // why it failed, in English, or empty
	ErrorID string                  // the error ID of the failure, or empty
	Fix     developedFix            // how to fix the failure
	At      time.Time               // when it happened, or zero if that is not known
	State   developerState          // whether it succeeded
	Checks  []developerAttemptCheck // the checks that it consists of, or nil
	Times   string                  // how often a failure of the login happened, or empty for once
}

// HasIgnored reports whether a part of the request was ignored.
func (s developerAttemptStep) HasIgnored() bool {
	return slices.ContainsFunc(s.Checks, func(c developerAttemptCheck) bool { return c.Ignored })
}

// A developerAttemptCheck is a check of a request.
type developerAttemptCheck struct {
	Text   ui.Text // the check
	Failed bool    // the request did not pass it
	// Ignored is set for a part of the request that was ignored.
	Ignored bool
}

// ownAttemptStates are the states of an attempt in words.
var ownAttemptStates = map[flows.State]developerState{
	flows.Done:      {"ok", ui.Text{"attempt.done"}, ""},
	flows.Failed:    {"bad", ui.Text{"attempt.failed"}, ""},
	flows.Denied:    {"off", ui.Text{"attempt.denied"}, ""},
	flows.Answered:  {"warn", ui.Text{"attempt.answered"}, ""},
	flows.AtConsent: {"", ui.Text{"attempt.at_consent"}, ""},
	flows.AtFactor:  {"", ui.Text{"attempt.at_factor"}, ""},
	flows.AtLogin:   {"", ui.Text{"attempt.at_login"}, ""},
	flows.AtCode:    {"", ui.Text{"attempt.at_code"}, ""},
	flows.Begun:     {"", ui.Text{"attempt.begun"}, ""},
}

// ownStepStates are the states of a step in words.
var ownStepStates = map[string]developerState{
	"ok": {"ok", ui.Text{"attempt.passed"}, ""}, "bad": {"bad", ui.Text{"attempt.failed"}, ""}, "warn": {"warn", ui.Text{"attempt.failed"}, ""},
	"wait": {"", ui.Text{"attempt.waiting"}, ""}, "off": {"off", ui.Text{"attempt.not_reached"}, ""},
}

// ownSteps are the steps and checks in words.
var ownSteps = map[flows.Name]ui.Text{
	flows.Request:      {"attempt.request"},
	flows.DeviceBegins: {"attempt.device"},
	flows.CodeEntered:  {"attempt.entered"},
	flows.LogIn:        {"attempt.login"},
	flows.WasLoggedIn:  {"attempt.logged_in"},
	flows.Factor:       {"attempt.factor"},
	flows.Refused:      {"attempt.refused"},
	flows.Consent:      {"attempt.consent"},
	flows.NoConsent:    {"attempt.no_consent"},
	flows.StepFailed:   {"attempt.step_failed"},
	flows.Response:     {"attempt.response"},
	flows.Exchange:     {"attempt.exchange"},
	flows.DeviceTokens: {"attempt.device_tokens"},

	flows.CheckRequest:        {"attempt.check_request"},
	flows.CheckClient:         {"attempt.check_client"},
	flows.CheckRedirect:       {"attempt.check_redirect"},
	flows.CheckParameters:     {"attempt.check_parameters"},
	flows.CheckAuthentication: {"attempt.check_authentication"},
	flows.CheckGrant:          {"attempt.check_grant"},
	flows.CheckCode:           {"attempt.check_code"},
	flows.CheckScope:          {"attempt.check_scope"},
	flows.CheckTokens:         {"attempt.check_tokens"},

	oauth.OutcomeWrongPassword:       {"attempt.wrong_password"},
	oauth.OutcomeThrottled:           {"attempt.throttled"},
	oauth.OutcomeWrongCode:           {"attempt.wrong_code"},
	oauth.FailureWrongPasskey:        {"attempt.wrong_passkey"},
	oauth.FailureProviderRefused:     {"attempt.provider_refused"},
	oauth.FailureProviderUnavailable: {"attempt.provider_unavailable"},
	oauth.FailureProviderInvalid:     {"attempt.provider_invalid"},
	oauth.FailureSignUp:              {"attempt.sign_up"},
	oauth.FailureInvitation:          {"attempt.invitation"},
	// The owners of an application do not learn why a person must not log in.
	oauth.DeniedDisabled:     {"attempt.not_allowed"},
	oauth.DeniedNoAccount:    {"attempt.not_allowed"},
	oauth.DeniedEmailDomain:  {"attempt.not_allowed"},
	oauth.DeniedGroup:        {"attempt.not_allowed"},
	oauth.DeniedAddressInUse: {"attempt.not_allowed"},
	oauth.DeniedNotFresh:     {"attempt.not_fresh"}, // the application required a new login
}

// ownAttemptState returns the state of a flow in words. A device exchanges no authorization code,
// so its state Answered has another text.
func ownAttemptState(f oauth.Flow) developerState {
	state := flows.StateOf(f)
	if state == flows.Answered && f.Device {
		return developerState{"warn", ui.Text{"attempt.device_waits"}, ""}
	}
	return ownAttemptStates[state]
}

// ownAttempts returns the last attempts to log in to an application. rejected are the last requests of
// the application that were rejected.
func (h *Handler) ownAttempts(r *http.Request, c *oauth.Client, rejected []oauth.Rejection) (all []developedAttempt, err error) {
	found, err := h.Flows.Recent(r.Context(), c.ID, mostOwnAttempts)
	for _, a := range flows.Attempts(found, rejected, mostOwnAttempts) {
		attempt := developedAttempt{URL: h.developersURL(c.ID, "attempts", a.ID), At: a.At, State: ownAttemptStates[a.State]}
		if a.Flow != nil {
			attempt.State, attempt.Device = ownAttemptState(*a.Flow), a.Flow.Device
		}
		all = append(all, attempt)
	}
	return all, err
}

// developedAttempt is the page of an attempt to log in to an application that the person owns.
func (h *Handler) developedAttempt(w http.ResponseWriter, r *http.Request, o *owner) error {
	c, err := h.Developers.App(r.Context(), o.User, r.PathValue("app"))
	if err != nil {
		return err
	}
	id, err := oauth.ParseID(r.PathValue("attempt"))
	if err != nil {
		return h.rejectedAttempt(w, r, o, c)
	}
	f, found, err := h.Flows.Find(r.Context(), id)
	if err != nil {
		return err
	}
	if !found || f.ClientID != c.ID { // the attempts of other applications do not exist for the person
		return oauth.ErrNotFound
	}
	reason, err := h.reasonOf(r, f)
	if err != nil {
		return err
	}
	page := developerAttemptPage{ID: f.ID.String(), At: f.BeganAt, State: ownAttemptState(f), Steps: h.ownStepsOf(c, flows.Steps(withoutDisabled(f), reason))}
	return h.showAttempt(w, r, o, c, page)
}

// rejectedAttempt is the page of an attempt whose first request was rejected. Its ID is the error ID.
func (h *Handler) rejectedAttempt(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client) error {
	rejected, found, err := h.Rejections.Find(r.Context(), strings.ToLower(r.PathValue("attempt")))
	if err != nil {
		return err
	}
	if !found || rejected.ClientID != c.ID || !flows.IsStep(rejected) {
		return oauth.ErrNotFound
	}
	page := developerAttemptPage{
		ID: rejected.ID, At: rejected.At, State: ownAttemptStates[flows.Failed], Steps: h.ownStepsOf(c, flows.RejectedSteps(rejected)), Redirect: h.ownRedirect(c, rejected),
		Version: c.Version, Problem: rejected.ID,
	}
	if page.Redirect != nil { // the comparison shows more than the fix
		page.Steps[0].Fix = developedFix{}
	}
	return h.showAttempt(w, r, o, c, page)
}

// showAttempt shows the page of an attempt.
func (h *Handler) showAttempt(w http.ResponseWriter, r *http.Request, o *owner, c *oauth.Client, page developerAttemptPage) error {
	page.AppURL, page.Name = h.developersURL(c.ID), c.Name
	return h.showOwn(w, r, o, ownView{page: "developer_attempt", url: h.developersURL(), title: ui.Text{"attempt.title"}, data: page})
}

// reasonOf returns why a flow failed, or nil if it did not, or the reason is not stored any more.
func (h *Handler) reasonOf(r *http.Request, f oauth.Flow) (*oauth.Rejection, error) {
	if f.ErrorID == "" {
		return nil, nil
	}
	rejected, found, err := h.Rejections.Find(r.Context(), f.ErrorID)
	if err != nil || !found || rejected.ClientID != f.ClientID {
		return nil, err
	}
	return &rejected, nil
}

// withoutDisabled returns a flow in which the right password of a disabled account is a wrong password, as
// it is on the login page. Otherwise, the owners of an application could guess the password. A login
// provider has confirmed who the person is.
func withoutDisabled(f oauth.Flow) oauth.Flow {
	shown := slices.Clone(f.LoginFailures)
	for i := range shown {
		if shown[i].Reason == oauth.DeniedDisabled && shown[i].Provider == "" {
			shown[i].Reason = oauth.OutcomeWrongPassword
		}
	}
	f.LoginFailures = oauth.AddLoginFailures(nil, shown...) // with the limit of wrong passwords
	return f
}

// ownStepsOf returns steps in words.
func (h *Handler) ownStepsOf(c *oauth.Client, steps []flows.Step) (all []developerAttemptStep) {
	for _, s := range steps {
		step := developerAttemptStep{Text: ownSteps[s.Name], At: s.At, State: ownStepStates[s.State], Times: s.Repeated()}
		if s.Reason != nil {
			step.Reason, step.ErrorID, step.Fix = rejections.CauseOf(*s.Reason), s.Reason.ID, h.ownFix(c, *s.Reason)
		}
		if s.State == "wait" && (s.Name == flows.Exchange || s.Name == flows.DeviceTokens) {
			step.Fix.Text = rejections.Unfetched
		}
		for _, check := range s.Checks {
			shown := developerAttemptCheck{Text: ownSteps[check.Name], Failed: check.Failed}
			if check.Name == flows.CheckIgnoredScope {
				shown.Text, shown.Ignored = ui.Text{"attempt.ignored_scope", "scope", ui.Code(check.Scope)}, true
			}
			step.Checks = append(step.Checks, shown)
		}
		all = append(all, step)
	}
	return all
}
