package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errorBody is an error as a client reads it (RFC 6749 §5.2).
type errorBody struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// writeError answers a client. What it may see is an *oauth.Error; anything
// else is ours, and gets logged here, once, with an id.
func (h *Handler) writeError(w http.ResponseWriter, r *http.Request, p oauth.Params, err error) {
	var (
		visible *oauth.Error
		method  *methodError
		media   *mediaTypeError
	)
	switch {
	case errors.As(err, &visible):
		status := http.StatusBadRequest
		if visible.Code == oauth.CodeInvalidClient {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="`+h.base+`"`) // RFC 6749 §5.2
		}
		h.note(w, r, h.OAuth.ClientID(r.Header.Get("Authorization"), p), visible, "")
		writeJSON(w, status, errorBody{visible.Code, visible.Description})
	case errors.As(err, &method):
		w.Header().Set("Allow", method.allow)
		writeJSON(w, http.StatusMethodNotAllowed, errorBody{oauth.CodeInvalidRequest, "Use POST."})
	case errors.As(err, &media):
		writeJSON(w, http.StatusUnsupportedMediaType, errorBody{oauth.CodeInvalidRequest, "Send the parameters form-encoded: Content-Type " + formType + "."})
	case unavailable(err):
		id := errorID()
		failed(w, id)
		h.Logger.ErrorContext(r.Context(), "storage unavailable", "error_id", id, "path", r.URL.Path, "error", err.Error())
		w.Header()["Retry-After"] = retryShortly
		writeJSON(w, http.StatusServiceUnavailable, errorBody{oauth.CodeTemporarilyUnavailable, "Try again shortly. Error id " + id + "."})
	default:
		id := errorID()
		failed(w, id)
		h.Logger.ErrorContext(r.Context(), "request failed", "error_id", id, "path", r.URL.Path, "error", err.Error())
		writeJSON(w, http.StatusInternalServerError, errorBody{oauth.CodeServerError, "Something went wrong here. Error id " + id + "."})
	}
}

func unavailable(err error) bool {
	return errors.Is(err, oauth.ErrUnavailable) || errors.Is(err, account.ErrUnavailable) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// note keeps a refused request for the back office and the log, under an id if
// a person was shown one.
func (h *Handler) note(w http.ResponseWriter, r *http.Request, clientID string, e *oauth.Error, id string) {
	clientID = cut(clientID)
	f := Failure{ID: id, At: h.Clock(), ClientID: clientID, Code: e.Code, Description: e.Description, Detail: e.Detail}
	if f.ID == "" {
		f.ID = errorID()
	}
	failed(w, f.ID)
	h.Failures.add(f)
	h.Logger.InfoContext(r.Context(), "request refused", "error_id", f.ID, "path", r.URL.Path,
		"client_id", clientID, "code", e.Code, "description", e.Description, "detail", e.Detail)
}

// errorID is a short name for one failure that a person can read out.
func errorID() string { return strings.ToLower(rand.Text()[:10]) }

// refusal is an error that only the person sees, on a page.
type refusal struct {
	heading, text, advice, detail string
	clientID, code                string
	app                           string
}

// refusePerson shows the error page, logs what it left out, and keeps both
// under the id that the page shows.
func (h *Handler) refusePerson(w http.ResponseWriter, r *http.Request, status int, f *refusal) {
	id := errorID()
	if f.code == "" {
		f.code = oauth.CodeInvalidRequest
	}
	h.note(w, r, f.clientID, &oauth.Error{Code: f.code, Description: f.text, Detail: f.detail}, id)
	h.showError(w, r, status, f, id)
}

// failPerson shows that something went wrong here, and logs what.
func (h *Handler) failPerson(w http.ResponseWriter, r *http.Request, err error) {
	id := errorID()
	failed(w, id)
	h.Logger.ErrorContext(r.Context(), "page failed", "error_id", id, "path", r.URL.Path, "error", err.Error())
	f := &refusal{
		heading: "Something went wrong here",
		text:    "The server could not do this. Nothing was changed, and it is not your fault.",
		advice:  "Try again in a moment. If it happens again, tell the people who run this server the error id below.",
	}
	status := http.StatusInternalServerError
	if unavailable(err) {
		status = http.StatusServiceUnavailable
		w.Header()["Retry-After"] = retryShortly
		f.heading, f.text = "Not available for a moment", "The server cannot reach its database."
	}
	h.showError(w, r, status, f, id)
}

func (h *Handler) showError(w http.ResponseWriter, r *http.Request, status int, f *refusal, id string) {
	h.face.Render(w, r, status, "error", ui.View{
		Title: f.heading, Narrow: true,
		Data: errorPage{Heading: f.heading, Text: f.text, Advice: f.advice, ID: id, AppName: f.app},
	})
}

type errorPage struct{ Heading, Text, Advice, ID, AppName string }
