package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// reportFactor reports an event about a factor, and whether it failed with err.
func (h *Handler) reportFactor(r *http.Request, e oauth.Event, err error) {
	outcome := provider.OutcomeEvent(r.Context(), e.Name, "", err)
	e.Outcome, e.Reason = outcome.Outcome, outcome.Reason
	switch {
	case errors.Is(err, account.ErrWrongPassword), errors.Is(err, account.ErrWrongCode), errors.Is(err, account.ErrFactorUsed), errors.Is(err, account.ErrPasskey):
		e.Outcome = oauth.OutcomeWrongPassword
	case isThrottled(err):
		e.Outcome = oauth.OutcomeThrottled
	case isFieldErrors(err), isFactorMistake(err):
		e.Outcome = oauth.OutcomeInvalid
	case unavailable(err):
		e.Outcome, e.ErrorID = oauth.CodeTemporarilyUnavailable, outcome.ErrorID
	default:
		e.ErrorID = outcome.ErrorID
	}
	h.report(r, e)
}

// isFactorMistake reports whether the account package refused a change of the factors for
// a reason that a page explains.
func isFactorMistake(err error) bool {
	for _, mistake := range []error{
		account.ErrConflict, account.ErrNotFound, account.ErrSecondFactor, account.ErrFormExpired, account.ErrReauthenticate,
		account.ErrLastFactor, account.ErrTooManyFactors, account.ErrIdentityTaken, account.ErrInvalidLink, account.ErrLastAdmin, account.ErrNotDeletable,
		account.ErrNoEmailCode,
	} {
		if errors.Is(err, mistake) {
			return true
		}
	}
	return false
}
