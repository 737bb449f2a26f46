package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An Error is the body of a response that reports an error (RFC 7644 §3.12).
type Error struct {
	Status int
	Type   string // the scimType, or ""
	Detail string
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

// The values of scimType (RFC 7644 table 9).
const (
	invalidFilter = "invalidFilter"
	tooMany       = "tooMany"
	uniqueness    = "uniqueness"
	mutability    = "mutability"
	invalidSyntax = "invalidSyntax"
	invalidPath   = "invalidPath"
	noTarget      = "noTarget"
	invalidValue  = "invalidValue"
)

func bad(kind, detail string) *Error { return &Error{http.StatusBadRequest, kind, detail} }

func badFilter(detail string) *Error { return bad(invalidFilter, detail) }

func badPath(detail string) *Error { return bad(invalidPath, detail) }

func badValue(attribute, detail string) *Error { return bad(invalidValue, attribute+": "+detail) }

func notFound(detail string) *Error { return &Error{http.StatusNotFound, "", detail} }

// fieldNames are the names that SCIM has for fields of accounts and groups.
var fieldNames = map[string]string{
	"username": "userName", "external_id": "externalId", "email": "emails", "name": "displayName", "people": "members",
	"given_name": "name.givenName", "family_name": "name.familyName", "middle_name": "name.middleName", "nickname": "nickName",
	"profile": "profileUrl", "zoneinfo": "timezone", "phone_number": "phoneNumbers",
}

// taken are the codes of values that another resource has.
var taken = map[string]bool{"username_taken": true, "username_similar": true, "group_taken": true}

// errorOf describes an error. conditional is set if the request named a version.
func errorOf(err error, conditional bool) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if faults, ok := errors.AsType[validate.FieldErrors](err); ok && len(faults) > 0 {
		return errorOfFields(faults)
	}
	if errors.Is(err, account.ErrExternalIDTaken) {
		return &Error{http.StatusConflict, uniqueness, "externalId: Another account has this external ID."}
	}
	if errors.Is(err, account.ErrNotAdopted) {
		return &Error{http.StatusConflict, uniqueness, "externalId: This account existed before, and may belong to another person: its email address is not verified, or is not the one in its username or in this request. If it belongs to this person, verify the address in the back office. Otherwise, rename or delete the account."}
	}
	p := adminapi.ProblemOf(err, conditional)
	switch p.Status {
	case http.StatusUnprocessableEntity:
		return bad(invalidValue, p.Detail)
	case http.StatusBadRequest:
		return bad(invalidSyntax, p.Detail)
	}
	return &Error{p.Status, "", p.Detail}
}

// errorOfFields describes values that are not valid.
func errorOfFields(faults validate.FieldErrors) *Error {
	e := &Error{Status: http.StatusBadRequest, Type: invalidValue}
	var texts []string
	for _, f := range faults {
		name, message := f.Field, f.Message
		if claim, rest, ok := strings.Cut(message, ": "); name == "claims" && ok {
			name, message = claim, rest
		}
		if own := fieldNames[name]; own != "" {
			name = own
		}
		if texts = append(texts, name+": "+message); taken[f.Code] {
			e.Status, e.Type = http.StatusConflict, uniqueness
		}
	}
	e.Detail = strings.Join(texts, " ")
	return e
}

// fail answers a request that failed. An error of this server is logged with an ID, which is also
// in the response.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error, conditional bool) {
	e := *errorOf(err, conditional)
	if e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented {
		id := uuid.NewString()
		_, route, _ := strings.Cut(r.Pattern, " ")
		s.API.Logger.ErrorContext(r.Context(), "SCIM request failed", "error_id", id, "route", strings.TrimSuffix(route, "/{$}"), "error", oauth.Redacted(err.Error()))
		e.Detail += " (error ID " + id + ")"
	}
	if e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeError(w, &e)
}

// writeError writes an error.
func writeError(w http.ResponseWriter, e *Error) {
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(e.Status), "detail": e.Detail}
	if e.Type != "" {
		body["scimType"] = e.Type
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, e.Status, body)
}

// refuse writes the response to a request without a sufficient token.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, f *resource.Refusal) {
	e := &Error{f.Kind.Status(), "", f.Text}
	if e.Status >= http.StatusInternalServerError {
		id := uuid.NewString()
		s.API.Logger.ErrorContext(r.Context(), "SCIM request failed", "error_id", id, "error", oauth.Redacted(f.Err.Error()))
		e.Detail = fmt.Sprintf("%s (error ID %s)", e.Detail, id)
	}
	writeError(w, e)
}

// mediaType is the type of all bodies (RFC 7644 §8.1).
const mediaType = "application/scim+json"

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has closed the connection
}
