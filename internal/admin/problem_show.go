package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type problemPage struct {
	Rejection  oauth.Rejection   // the rejected request
	Client     *oauth.Client     // the application, or nil if it is unknown or was deleted
	Redirect   *redirectFix      // the comparison of the redirect URIs, or nil
	Steps      []problemStep     // the checks that succeeded, and the one that failed
	NotReached []ui.Text         // the checks after it
	Others     []oauth.Rejection // the other recent errors of the application
}

// A problemStep is a check of a request.
type problemStep struct {
	Text   ui.Text // the check
	Failed bool    // the request did not pass it
}

// The checks of requests, in their order. A step fails for one of its codes or reasons; the
// last step with a "" fails for everything else.
type checkStep struct {
	text  ui.Text
	fails []string
}

var authorizationSteps = []checkStep{
	{ui.Text{"admin.problem_show.step_request"}, nil},
	{ui.Text{"admin.problem_show.step_client"}, []string{"unknown", "disabled", "bad_document", "document_host", oauth.CodeInvalidClient}},
	{ui.Text{"admin.problem_show.step_redirect"}, []string{"wrong_redirect_uri", "no_redirect_uri"}},
	{ui.Text{"admin.problem_show.step_parameters"}, []string{""}},
	{ui.Text{"admin.problem_show.step_login"}, []string{oauth.CodeLoginRequired, oauth.CodeInteractionRequired}},
	{ui.Text{"admin.problem_show.step_factor"}, []string{"second_factor", oauth.CodeUnmetAuthentication}},
	{ui.Text{"admin.problem_show.step_consent"}, []string{oauth.CodeAccessDenied, oauth.CodeConsentRequired}},
	{ui.Text{"admin.problem_show.step_response"}, nil},
}

var tokenSteps = []checkStep{
	{ui.Text{"admin.problem_show.step_request"}, []string{""}},
	{ui.Text{"admin.problem_show.step_authentication"}, []string{oauth.CodeInvalidClient}},
	{ui.Text{"admin.problem_show.step_grant"}, []string{oauth.CodeUnauthorizedClient, oauth.CodeUnsupportedGrantType}},
	{ui.Text{"admin.problem_show.step_code"}, []string{oauth.CodeInvalidGrant}},
	{ui.Text{"admin.problem_show.step_scope"}, []string{oauth.CodeInvalidScope, oauth.CodeInvalidTarget}},
	{ui.Text{"admin.problem_show.step_tokens"}, nil},
}

// steps returns the checks up to the one that failed, and those that were not reached. It
// knows the checks of the authorization endpoint and of the token endpoint.
func steps(r oauth.Rejection) (done []problemStep, after []ui.Text) {
	words := strings.Fields(r.Reason)
	if len(words) == 0 {
		return nil, nil
	}
	var all []checkStep
	switch strings.Trim(words[0], "/") {
	case "authorize":
		all = authorizationSteps
	case "token":
		all = tokenSteps
	default:
		return nil, nil
	}
	failed := slices.IndexFunc(all, func(s checkStep) bool {
		return slices.ContainsFunc(words[1:], func(word string) bool { return word != "" && slices.Contains(s.fails, word) })
	})
	if failed < 0 {
		failed = slices.IndexFunc(all, func(s checkStep) bool { return slices.Contains(s.fails, "") })
	}
	for i, s := range all {
		if i <= failed {
			done = append(done, problemStep{s.text, i == failed})
		} else {
			after = append(after, s.text)
		}
	}
	return done, after
}

// problemShow shows a rejected request, with its checks and how to fix it.
func (b *office) problemShow(r *request) error {
	found, ok, err := b.Rejections.Find(r.Context(), strings.ToLower(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !ok {
		return errGone
	}
	page := problemPage{Rejection: found}
	page.Steps, page.NotReached = steps(found)
	if found.ClientID != "" {
		client, err := b.Store.Client(r.Context(), found.ClientID)
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
		if err == nil {
			page.Redirect, page.Client = b.redirectFix(found, client), shownClient(client)
		}
		if page.Others, err = b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: found.ClientID}, 8); err != nil {
			return err
		}
	}
	r.render(http.StatusOK, "problem_show", ui.Text{"admin.title.problem"}, "problems", page)
	return nil
}
