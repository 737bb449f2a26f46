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
		h.OnEvent(r.Context(), e)
	}
}

// reportAccount reports what a person did with an account, and whether it
// failed with err.
func (h *Handler) reportAccount(r *http.Request, name string, err error) {
	e := provider.OutcomeEvent(name, "", err)
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		e.Outcome = oauth.OutcomeWrongPassword
	case isThrottled(err):
		e.Outcome = oauth.OutcomeThrottled
	case isFieldErrors(err), errors.Is(err, account.ErrInvalidLink), errors.Is(err, account.ErrConflict):
		e.Outcome = oauth.OutcomeInvalid
	case unavailable(err):
		e.Outcome = oauth.CodeTemporarilyUnavailable
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
