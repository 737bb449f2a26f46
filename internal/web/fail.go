package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A handler serves one route. If it returns an error, it has written nothing,
// and fail answers the request.
type handler func(w http.ResponseWriter, r *http.Request) error

// A face is the form in which a route reports errors.
type face int

const (
	facePage   face = iota // a page for people
	faceJSON               // RFC 6749 §5.2
	faceBearer             // RFC 6750 §3, for requests with an access token
)

func (h *Handler) page(serve handler) http.HandlerFunc {
	return h.limitStoreWait(withActor(h.failing(facePage, serve)))
}

func (h *Handler) json(serve handler) http.HandlerFunc {
	return h.limitStoreWait(h.failing(faceJSON, serve))
}

func (h *Handler) bearer(serve handler) http.HandlerFunc {
	return h.limitStoreWait(h.failing(faceBearer, serve))
}

// limitStoreWait returns a handler whose requests each wait for the Store for at
// most oauth.MaxStoreWait in total.
func (h *Handler) limitStoreWait(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		serve(w, r.WithContext(h.context(r)))
	}
}

func (h *Handler) failing(f face, serve handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if err := ui.Recovered(w, recover()); err != nil {
				h.fail(w, r, f, err)
			}
		}()
		if err := serve(w, r); err != nil {
			h.fail(w, r, f, err)
		}
	}
}

// fail answers a request that failed; nothing else in this package does. A
// client or a person sees an *oauth.Error or a *ui.Problem. Any other error is
// a failure of this server: it is logged, and the answer has only its id.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, f face, err error) {
	if unavailable(err) && clientGone(r) {
		h.Logger.DebugContext(r.Context(), "client closed the connection", "route", r.Pattern)
		w.WriteHeader(statusClientClosedRequest)
		return
	}
	id, problem, request := errorID(w, r), h.problem(err), &requestError{}
	errors.As(err, &request)
	rejected, isOAuth := errors.AsType[*oauth.Error](err)
	switch {
	case problem.Status >= http.StatusInternalServerError && !isOAuth:
		h.logFailure(r, id, err)
		if problem.Status == http.StatusInternalServerError { // otherwise it cannot be stored now
			h.noteReason(request, id, h.keepRejection(r, id, request.clientID, errServer()))
		}
	case isOAuth && rejected.Code == oauth.CodeAuthorizationPending: // the answer to most polls of a device, and not a mistake
	default:
		h.noteReason(request, id, h.recordRejection(r, id, request.clientID, cmp.Or(rejected, problemError(problem))))
	}
	if problem.Status == http.StatusServiceUnavailable {
		w.Header()["Retry-After"] = retryShortly
		// With links, the form was saved; see loginFailed.
		if typed := (&formError{}); errors.As(err, &typed) && len(problem.Links) == 0 {
			problem.Retry = ui.NewRetry(r)
		}
	}
	if isOAuth && request.returnTo != nil {
		if err = h.respond(w, r, request.returnTo, h.OAuth.Refuse(request.returnTo, rejected)); err == nil {
			return
		}
		h.logFailure(r, id, err)
	}
	if req := request.returnTo; req != nil && req.Client != nil && problem.Status < http.StatusInternalServerError {
		problem.App, problem.AppHost, problem.Color = clientName(req.Client), h.verifiedHost(req), req.Client.BrandColor
		problem.Links = append(problem.Links, h.wayBack(req)...)
	}
	if f == facePage {
		h.failPage(w, r, id, problem)
	} else {
		h.failJSON(w, f, id, problem.Status, rejected)
	}
}

// errServer is the error that is recorded for a failure of this server. The log has its reason, which
// people without access to the log must not see.
func errServer() *oauth.Error {
	return oauth.Errorf(oauth.CodeServerError, "The server failed. Its log has the reason under the error ID.")
}

// problemError returns the error that is recorded for a Problem.
func problemError(p *ui.Problem) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeInvalidRequest, Description: p.Heading.String(), Detail: p.Cause()}
}

// A requestError adds to an error what the request said about its client.
type requestError struct {
	clientID string // which has not been authenticated
	// returnTo is the authorization request that an *oauth.Error is an answer
	// to. If it is nil, the person sees the error, because it is not certain
	// where to send them.
	returnTo *provider.AuthorizationRequest
	flow     oauth.Flow // the authorization request that failed, or zero
	err      error
}

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// A formError is an error of a page with a form that was sent by a page of this
// server.
type formError struct{ err error }

func (e *formError) Error() string { return e.err.Error() }
func (e *formError) Unwrap() error { return e.err }

// A statusError is an *oauth.Error that is answered with its own status.
type statusError struct {
	status int
	err    *oauth.Error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// methodNotAllowed returns the error for a request with a method that is not
// among the allowed ones, such as "GET, HEAD".
func methodNotAllowed(w http.ResponseWriter, r *http.Request, allowed string) error {
	w.Header().Set("Allow", allowed)
	use := strings.NewReplacer(", HEAD", "", ", OPTIONS", "", ", ", " or ").Replace(allowed)
	return &statusError{http.StatusMethodNotAllowed, oauth.Errorf(oauth.CodeInvalidRequest, "Use %s.", use).WithDetail("method %q", r.Method)}
}

func unavailable(err error) bool {
	return errors.Is(err, oauth.ErrUnavailable) || errors.Is(err, account.ErrUnavailable) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// statusClientClosedRequest is only for logs and metrics, because the client is
// not there to read it. nginx uses the same number.
const statusClientClosedRequest = 499

// clientGone reports whether the client closed the connection. A request that a
// host's timeout canceled does not count.
func clientGone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }
