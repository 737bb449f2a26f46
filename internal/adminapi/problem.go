package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A Problem is the body of a response that reports an error (RFC 9457).
type Problem struct {
	Type   string         `json:"type" doc:"Identifies the kind of the problem: a URN that begins with urn:latchkey:problem:."`
	Title  string         `json:"title" doc:"The kind of the problem in a few words."`
	Status int            `json:"status" doc:"The status of the response."`
	Detail string         `json:"detail,omitempty" doc:"What is wrong, and what to do."`
	Errors []FieldError   `json:"errors,omitempty" doc:"What is wrong with which member of the request."`
	Added  []importResult `json:"added,omitempty" doc:"The people whom an import added before it failed."`
	// ErrorID finds the request in the log of the server.
	ErrorID string `json:"error_id,omitempty" doc:"Finds the request in the log of the server."`
}

// A FieldError says what is wrong with a member of a request.
type FieldError struct {
	Field   string `json:"field" doc:"The member, or the parameter of the query."`
	Message string `json:"message" doc:"What is wrong with it."`
}

// notKnown ends the detail of a problem after which a change was made, or was not.
const notKnown = " It is not known whether a change was made."

// problemPrefix is the beginning of the types of problems.
const problemPrefix = "urn:latchkey:problem:"

// Error returns the detail.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

func notFound(detail string) *Problem {
	return &Problem{Type: "not-found", Title: "Not found", Status: http.StatusNotFound, Detail: detail}
}

func badRequest(format string) *Problem {
	return &Problem{Type: "bad-request", Title: "Bad request", Status: http.StatusBadRequest, Detail: format}
}

func conflict(detail string) *Problem {
	return &Problem{Type: "conflict", Title: "Conflict", Status: http.StatusConflict, Detail: detail}
}

func invalid(faults ...FieldError) *Problem {
	return &Problem{Type: "invalid", Title: "Invalid values", Status: http.StatusUnprocessableEntity, Detail: "Correct the members that are listed in errors.", Errors: faults}
}

func fault(field, message string) *Problem { return invalid(FieldError{field, message}) }

var errOutdated = &Problem{
	Type: "outdated", Title: "Changed in the meantime", Status: http.StatusPreconditionFailed,
	Detail: "It was changed since you read it. Read it again, and repeat your change with the new ETag in If-Match.",
}

// problemOf describes an error. conditional is set if the request named a version.
func problemOf(err error, conditional bool) *Problem {
	if partial, ok := errors.AsType[partialImport](err); ok {
		p := *problemOf(partial.error, conditional)
		p.Added = partial.added
		return &p
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if faults, ok := errors.AsType[validate.FieldErrors](err); ok {
		p := invalid()
		for _, f := range faults {
			p.Errors = append(p.Errors, FieldError{f.Field, f.Message})
		}
		return p
	}
	switch {
	case isTooLong(err):
		return &Problem{Type: "too-large", Title: "Request too large", Status: http.StatusRequestEntityTooLarge, Detail: "The body of the request is too long."}
	case errors.Is(err, oauth.ErrUnavailable), errors.Is(err, account.ErrUnavailable):
		return &Problem{Type: "unavailable", Title: "Unavailable", Status: http.StatusServiceUnavailable, Detail: "The database of the server is unavailable. Try again later." + notKnown}
	case errors.Is(err, oauth.ErrNotFound), errors.Is(err, account.ErrNotFound):
		return notFound("It does not exist, or was deleted.")
	case errors.Is(err, account.ErrForbidden):
		return &Problem{Type: "forbidden", Title: "Permission denied", Status: http.StatusForbidden, Detail: "The roles were changed while the request was processed, and do not allow this change any more."}
	case errors.Is(err, account.ErrLastAdmin):
		return conflict("This person is the only administrator who can log in. Make another person an administrator first.")
	case errors.Is(err, account.ErrManyMembers):
		return conflict(fmt.Sprintf("A group can have at most %d members, and at most %d if it gives a role.", account.MaxMembers, account.MaxRoleMembers))
	case errors.Is(err, account.ErrManyGroups):
		return conflict(fmt.Sprintf("A person can be in at most %d groups.", account.MaxGroups))
	case errors.Is(err, oauth.ErrLastSecret):
		return conflict("This is the only secret of the application that remains valid. Rotate it first.")
	case errors.Is(err, oauth.ErrNoRegistrationToken):
		return conflict("The application did not register itself, so it has no registration access token.")
	case errors.Is(err, account.ErrLastFactor):
		return conflict("The person would no longer be able to log in. Set a password for them first.")
	case conditional && (errors.Is(err, oauth.ErrConflict) || errors.Is(err, account.ErrConflict)):
		return errOutdated
	case errors.Is(err, oauth.ErrConflict), errors.Is(err, account.ErrConflict):
		return conflict("It exists already, or was changed by another request at the same time.")
	}
	return &Problem{Type: "failure", Title: "Internal error", Status: http.StatusInternalServerError, Detail: "The server could not complete the request. Its log has the reason under error_id."}
}

func isTooLong(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// fail answers a request that failed. An error of this server is logged, with an ID that the
// response has, too.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error, conditional bool) {
	p := *problemOf(err, conditional)
	if p.Status >= http.StatusInternalServerError {
		p.ErrorID = uuid.NewString()
		_, route, _ := strings.Cut(r.Pattern, " ")
		a.Logger.ErrorContext(r.Context(), "request of the admin API failed", "error_id", p.ErrorID, "route", strings.TrimSuffix(route, "/{$}"), "error", oauth.Redacted(err.Error()))
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	a.write(w, r, &p)
}

// write writes a problem.
func (a *api) write(w http.ResponseWriter, _ *http.Request, p *Problem) {
	shown := *p
	shown.Type = problemPrefix + p.Type
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(shown) // the client has closed the connection
}

// refuse writes the response to a request without a sufficient token.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, f *resource.Refusal) {
	kinds := map[resource.RefusalKind][2]string{
		resource.RefusedRequest: {"bad-request", "Bad request"}, resource.RefusedNoToken: {"no-token", "Access token required"}, resource.RefusedToken: {"invalid-token", "Invalid access token"},
		resource.RefusedScope: {"insufficient-scope", "Insufficient scope"}, resource.RefusedRate: {"throttled", "Too many requests"}, resource.RefusedUnavailable: {"unavailable", "Unavailable"}, resource.RefusedFault: {"failure", "Internal error"},
	}
	kind := kinds[f.Kind]
	p := &Problem{Type: kind[0], Title: kind[1], Status: f.Kind.Status(), Detail: f.Text}
	if p.Status >= http.StatusInternalServerError {
		p.ErrorID = uuid.NewString()
		a.Logger.ErrorContext(r.Context(), "request of the admin API failed", "error_id", p.ErrorID, "error", oauth.Redacted(f.Err.Error()))
	}
	a.write(w, r, p)
}

// etag returns the ETag of a version.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
