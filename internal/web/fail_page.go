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
		return &ui.Problem{Status: e.status, Text: ui.English(e.err.Description), Err: err}
	}
	if e, ok := errors.AsType[*oauth.Error](err); ok && e.Code == oauth.CodeTemporarilyUnavailable {
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: unavailableHeading(), Text: ui.English(e.Description), Err: err,
			Advice: ui.Text{"problem.unavailable_app_advice"},
		}
	}
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return &ui.Problem{
			Status: http.StatusBadRequest, Heading: ui.Text{"problem.request_heading"}, Text: ui.English(e.Description), Err: err,
			Advice: ui.Text{"problem.request_advice"},
		}
	}
	switch {
	case errors.Is(err, provider.ErrNoCookie): // with https, a page that was opened over http has none
		return &ui.Problem{
			Status: http.StatusBadRequest, Heading: ui.Text{"problem.no_cookie_heading"}, Err: err,
			Text:   ui.Text{"problem.no_cookie"},
			Advice: ui.Text{"problem.no_cookie_advice", "address", oauth.Origin(h.OAuth.Issuer)},
		}
	case errors.Is(err, provider.ErrRequestLost):
		return &ui.Problem{
			Status: http.StatusBadRequest, Heading: ui.Text{"problem.expired_heading"}, Err: err,
			Text:   ui.Text{"problem.expired", "duration", ui.DurationText(h.OAuth.RequestTTL)},
			Advice: ui.Text{"problem.expired_advice"},
		}
	case errors.Is(err, account.ErrMailQueueFull):
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: unavailableHeading(), Text: ui.Text{"problem.mail_queue"},
			Advice: adviceRetry(), Err: err,
		}
	case errors.Is(err, ui.ErrHostLogin):
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: unavailableHeading(), Text: ui.Text{"problem.host_login"},
			Advice: adviceRetry(), Err: err,
		}
	case unavailable(err):
		return &ui.Problem{
			Status: http.StatusServiceUnavailable, Heading: unavailableHeading(), Text: ui.Text{"problem.database"},
			Advice: adviceRetry(), Err: err,
		}
	}
	return &ui.Problem{
		Status: http.StatusInternalServerError, Heading: ui.Text{"problem.failure_heading"}, Text: ui.Text{"problem.failure"},
		Advice: adviceRetry(), Err: err,
	}
}

func unavailableHeading() ui.Text { return ui.Text{"problem.unavailable_heading"} }

func adviceRetry() ui.Text { return ui.Text{"problem.retry_advice"} }

type errorPage struct {
	// Heading, Text and Advice say what happened, and what the person can do next.
	Heading, Text, Advice ui.Text
	// ID is the error ID in the log, and AppName the application, or empty.
	ID, AppName string
	AppHost     string // the host of the application, or empty
	// Details is set if Text is in English and the page is not: Text is then for the developers
	// of the application, and follows Advice.
	Details bool
	// Links are pages where the person can continue, such as the application.
	Links []ui.Link
	// Retry sends again what the person typed; it may be nil.
	Retry *ui.Retry
}

// wayBack returns a link to the application: its home page, or else the request
// again. A pushed request cannot begin again, so the link of one returns an error to
// the application, which can then push another.
func (h *Handler) wayBack(req *provider.AuthorizationRequest) []ui.Link {
	if req.Client.HomepageURL != "" {
		return []ui.Link{{Text: backTo(req.Client), URL: req.Client.HomepageURL}}
	}
	if req.Pushed != "" {
		return h.backToPusher(req)
	}
	handle, err := h.OAuth.Seal(req, "")
	if err != nil {
		return nil
	}
	return []ui.Link{{Text: ui.Text{"problem.start_again"}, URL: h.base + "/authorize/?resume=" + handle}}
}

// backTo is the text of a link to an application.
func backTo(c *oauth.Client) ui.Text { return ui.Text{"onward.heading", "app", clientName(c)} }

func (h *Handler) backToPusher(req *provider.AuthorizationRequest) []ui.Link {
	address := oauth.Origin(req.RedirectURI)
	if address == "" {
		return nil // browsers open an app only for a redirect
	}
	answer := h.OAuth.Refuse(req, oauth.Errorf(oauth.CodeInvalidRequestURI, "The pushed request can no longer be used. Push a new one."))
	if answer.Mode != oauth.ModeFormPost {
		address = answer.Location()
	}
	return []ui.Link{{Text: backTo(req.Client), URL: address}}
}

// failPage shows a problem on a page. One without a heading is for a program
// that requests a page, and is plain text.
func (h *Handler) failPage(w http.ResponseWriter, r *http.Request, id string, p *ui.Problem) {
	if p.Heading == nil {
		http.Error(w, h.Pages.LanguageOf(r).Plain(p.Text), p.Status)
		return
	}
	view := ui.View{Title: p.Heading, Narrow: true, Color: p.Color, Data: errorPage{Heading: p.Heading, Text: p.Text, Advice: p.Advice, Details: p.Advice != nil && p.Text.InEnglish() && h.Pages.LanguageOf(r).Tag != "en", ID: id, AppName: p.App, AppHost: p.AppHost, Links: p.Links, Retry: p.Retry}}
	if p.Retry != nil {
		h.allowAppAfterRetry(r, &view)
	}
	if err := h.Pages.Render(w, r, p.Status, "error", view); err != nil {
		h.logFailure(r, id, err)
		http.Error(w, p.Heading.String()+". "+p.Text.String(), p.Status)
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
