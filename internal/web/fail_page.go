package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// problem describes an error to a person. Errors of this server have a status
// of at least 500, and all others a smaller one.
func (h *Handler) problem(err error) *ui.Problem {
	if problem, ok := errors.AsType[*ui.Problem](err); ok {
		return problem
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		return &ui.Problem{Status: e.status, Text: e.err.Description, Err: err}
	}
	if e, ok := errors.AsType[*oauth.Error](err); ok && e.Code == oauth.CodeTemporarilyUnavailable {
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: "Temporarily unavailable", Text: e.Description, Err: err,
			Advice: "Try again in a moment. If it happens again, report it to the people who run the application, with the error ID below.",
		}
	}
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return &ui.Problem{
			Status: http.StatusBadRequest, Heading: "This link does not work", Text: e.Description, Err: err,
			Advice: "The mistake is in the application that sent you here. Report it to the people who run the application, with the error ID below.",
		}
	}
	switch {
	case errors.Is(err, provider.ErrRequestLost):
		return &ui.Problem{
			Status: http.StatusBadRequest, Heading: "This page has expired, or was opened in another browser", Err: err,
			Text:   "You must answer a request for permission within " + ui.Duration(h.OAuth.RequestTTL) + ", in the browser in which it started.",
			Advice: "Go back to the application and start again. If this page appears again at once, check that your browser accepts cookies.",
		}
	case errors.Is(err, account.ErrMailQueueFull):
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: "Temporarily unavailable", Text: "Too many emails are waiting to be sent, so this server cannot send you one now.",
			Advice: adviceRetry, Err: err,
		}
	case unavailable(err):
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: "Temporarily unavailable", Text: "The server cannot reach its database.",
			Advice: adviceRetry, Err: err,
		}
	}
	return &ui.Problem{
		Status: http.StatusInternalServerError, Heading: "Something went wrong", Text: "The server could not complete your request. You did nothing wrong.",
		Advice: adviceRetry, Err: err,
	}
}

const adviceRetry = "Try again in a moment. If it happens again, give the error ID below to the people who run this server."

type errorPage struct {
	Heading, Text, Advice, ID, AppName string
	Links                              []ui.Link
	Retry                              *ui.Retry
}

// wayBack returns a link to the application: its home page, or else the request
// again. A pushed request cannot begin again, so the link of one returns an error to
// the application, which can then push another.
func (h *Handler) wayBack(req *provider.AuthorizationRequest) []ui.Link {
	if req.Client.HomepageURL != "" {
		return []ui.Link{{Text: "Back to " + ui.Isolate(clientName(req.Client)), URL: req.Client.HomepageURL}}
	}
	if req.Pushed != "" {
		return h.backToPusher(req)
	}
	handle, err := h.OAuth.Seal(req, "")
	if err != nil {
		return nil
	}
	return []ui.Link{{Text: "Start again", URL: h.base + "/authorize/?resume=" + handle}}
}

func (h *Handler) backToPusher(req *provider.AuthorizationRequest) []ui.Link {
	address := oauth.Origin(req.RedirectURI)
	if address == "" {
		return nil // browsers open an app only for a redirect
	}
	answer := h.OAuth.Refuse(req, oauth.Errorf(oauth.CodeInvalidRequestURI, "The pushed request can no longer be used. Push a new one."))
	if answer.Mode != oauth.ModeFormPost {
		address = answer.Location()
	}
	return []ui.Link{{Text: "Back to " + ui.Isolate(clientName(req.Client)), URL: address}}
}

// failPage shows a problem on a page. One without a heading is for a program
// that requests a page, and is plain text.
func (h *Handler) failPage(w http.ResponseWriter, r *http.Request, id string, p *ui.Problem) {
	if p.Heading == "" {
		http.Error(w, p.Text, p.Status)
		return
	}
	view := ui.View{Title: p.Heading, Narrow: true, Data: errorPage{Heading: p.Heading, Text: p.Text, Advice: p.Advice, ID: id, AppName: p.App, Links: p.Links, Retry: p.Retry}}
	if p.Retry != nil {
		h.allowAppAfterRetry(r, &view)
	}
	if err := h.Pages.Render(w, r, p.Status, "error", view); err != nil {
		h.logFailure(r, id, err)
		http.Error(w, p.Heading+". "+p.Text, p.Status)
	}
}

// allowAppAfterRetry lets the form that is sent again be followed by a redirect to
// an app, as the page that sent it does. The scheme of the app is not known if the
// Store could not return the client, so the answer to an authorization request,
// which has no password, may lead anywhere.
func (h *Handler) allowAppAfterRetry(r *http.Request, view *ui.View) {
	if r.Pattern == h.base+"/authorize" {
		view.AnyFormAction = true
	} else if req := h.pendingRequest(r, r.Form.Get("next")); req != nil {
		view.FormAction = appScheme(req.RedirectURI)
	}
}
