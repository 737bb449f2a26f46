package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
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

// reportAccount reports what a person did with an account, and whether it
// failed with err. user may be nil.
func (h *Handler) reportAccount(r *http.Request, name string, user *account.User, err error) {
	e := provider.OutcomeEvent(r.Context(), name, "", err)
	if user != nil && err == nil {
		e.Subject = user.ID
	}
	answered := e.ErrorID
	e.ErrorID = "" // the page shows the form again
	switch {
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

func isThrottled(err error) bool {
	_, ok := errors.AsType[*account.ThrottledError](err)
	return ok
}

func isFieldErrors(err error) bool {
	_, ok := errors.AsType[validate.FieldErrors](err)
	return ok
}
