package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// watcher is the http.ResponseWriter of a request that somebody watches.
type watcher interface {
	http.ResponseWriter
	// Failed tells the id under which the log says why.
	Failed(errorID string)
	// Authenticated tells the application that has shown who it is.
	Authenticated(clientID string)
}

// failed tells a watcher the id.
func failed(w http.ResponseWriter, id string) {
	if w, watched := w.(watcher); watched {
		w.Failed(id)
	}
}

// tell tells OnEvent.
func (h *Handler) tell(r *http.Request, e oauth.Event) {
	if h.OnEvent != nil {
		h.OnEvent(r.Context(), e)
	}
}

// personal is the Event of something that a person tried.
func personal(name string, err error) oauth.Event {
	var (
		all       validate.FieldErrors
		throttled *account.ThrottledError
	)
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		return oauth.Event{Name: name, Outcome: oauth.OutcomeWrongPassword}
	case errors.As(err, &throttled):
		return oauth.Event{Name: name, Outcome: oauth.OutcomeBraked}
	case errors.As(err, &all), errors.Is(err, account.ErrInvalidLink), errors.Is(err, account.ErrConflict):
		return oauth.Event{Name: name, Outcome: oauth.OutcomeInvalid}
	case err != nil && unavailable(err):
		return oauth.Event{Name: name, Outcome: oauth.CodeTemporarilyUnavailable}
	}
	return provider.Ending(name, "", err)
}
