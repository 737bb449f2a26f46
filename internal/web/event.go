package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// report passes an event to OnEvent.
func (h *Handler) report(r *http.Request, e oauth.Event) {
	if h.OnEvent != nil {
		e.At, e.Address = h.Clock(), h.Address(r)
		h.OnEvent(r.Context(), e)
	}
}

// reportAccount reports what a person who is not logged in did with an account, and
// whether it failed with err. user may be nil.
func (h *Handler) reportAccount(r *http.Request, name string, user *account.User, err error) {
	subject := ""
	if user != nil && err == nil {
		subject = user.ID
	}
	var details *oauth.EventDetails
	if subject != "" {
		details = &oauth.EventDetails{PersonName: user.Username}
	}
	h.reportDetails(r, name, subject, details, err)
}

// reportLogin reports a login. The Store has recorded it with the session.
func (h *Handler) reportLogin(r *http.Request, user *account.User) {
	h.report(r, oauth.Event{
		Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, Subject: user.ID, Details: &oauth.EventDetails{PersonName: user.Username, Recorded: true},
	})
}

// reportOwn reports what a person did with an account, and whether it failed with err.
// subject is the person, or empty if that is not certain.
func (h *Handler) reportOwn(r *http.Request, name, subject string, err error) {
	h.reportDetails(r, name, subject, nil, err)
}

// reportDetails is reportOwn with details for the audit log, which may be nil.
func (h *Handler) reportDetails(r *http.Request, name, subject string, details *oauth.EventDetails, err error) {
	if name == oauth.EventLogin || name == oauth.EventSignUp {
		h.noteLoginFailure(r, "", err)
	}
	e := provider.OutcomeEvent(r.Context(), name, "", err)
	e.Subject, e.Details = subject, details
	answered := e.ErrorID
	e.ErrorID = "" // the page shows the form again
	switch {
	case errors.Is(err, account.ErrDisabled): // an ErrWrongPassword too: the person sees the same message
		e.Outcome, e.Reason = oauth.OutcomeDenied, oauth.DeniedDisabled
	case errors.Is(err, account.ErrWrongPassword):
		e.Outcome = oauth.OutcomeWrongPassword
	case isThrottled(err):
		e.Outcome = oauth.OutcomeThrottled
	case isFieldErrors(err), errors.Is(err, account.ErrInvalidLink), errors.Is(err, account.ErrConflict):
		e.Outcome = oauth.OutcomeInvalid
	case unavailable(err):
		e.Outcome, e.ErrorID = oauth.CodeTemporarilyUnavailable, answered
	default:
		e.ErrorID = answered
	}
	h.report(r, e)
}

// reportDenied reports that the person in this browser does not allow a request.
func (h *Handler) reportDenied(r *http.Request, req *provider.AuthorizationRequest) {
	h.report(r, oauth.Event{Name: oauth.EventAuthorization, Outcome: oauth.OutcomeDenied, ClientID: req.ClientID, Subject: h.subjectForEvent(r)})
}

// subjectForEvent returns the person who is logged in, or "" if nobody is, or if that is
// not known or not needed.
func (h *Handler) subjectForEvent(r *http.Request) string {
	if h.OnEvent == nil {
		return ""
	}
	p, err := h.person(r)
	if err != nil || p.Authentication == nil {
		return ""
	}
	return p.Subject
}

func isThrottled(err error) bool {
	_, ok := errors.AsType[*account.ThrottledError](err)
	return ok
}

func isFieldErrors(err error) bool {
	_, ok := errors.AsType[validate.FieldErrors](err)
	return ok
}

// withActor lets the events of a request know the browser, and the person as soon as a
// handler knows them.
func withActor(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, _ := audit.WithActor(r.Context(), r.UserAgent())
		serve(w, r.WithContext(ctx))
	}
}

// setActor sets the person who makes a request.
func setActor(r *http.Request, user *account.User, session account.Session) {
	actor := audit.ActorOf(r.Context())
	actor.ID, actor.Name, actor.Session = user.ID, user.Username, session.ID
}

// setHostActor is setActor for a person of the host program.
func setHostActor(r *http.Request, p Person) {
	actor := audit.ActorOf(r.Context())
	actor.ID, actor.Name, actor.Session = p.Subject, p.Name, p.SessionID
}

// attempted returns the details of an event about a person who failed to log in as a user.
// Without that user, nothing is recorded about the name that they typed, which may be a
// password.
func (h *Handler) attempted(r *http.Request, username string) *oauth.EventDetails {
	canonical, err := account.CanonicalUsername(username)
	if err != nil {
		return nil
	}
	user, err := h.Accounts.Store.UserByName(r.Context(), canonical)
	if err != nil {
		return nil // there is no such user, or the record does without the name
	}
	return &oauth.EventDetails{Person: user.ID, PersonName: user.Username}
}
