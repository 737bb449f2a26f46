package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
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
		h.refuse(w, r, p, status, visible)
	case errors.As(err, &method):
		w.Header().Set("Allow", method.allow)
		h.refuse(w, r, p, http.StatusMethodNotAllowed, method.visible(r))
	case errors.As(err, &media):
		h.refuse(w, r, p, http.StatusUnsupportedMediaType, media.visible())
	case unavailable(err) && hungUp(r):
		h.left(w, r)
	case unavailable(err):
		id := h.broke(w, r, "storage unavailable", err)
		w.Header()["Retry-After"] = retryShortly
		writeJSON(w, http.StatusServiceUnavailable, errorBody{oauth.CodeTemporarilyUnavailable, "Try again shortly. Error id " + id + "."})
	default:
		id := h.broke(w, r, "request failed", err)
		writeJSON(w, http.StatusInternalServerError, errorBody{oauth.CodeServerError, "Something went wrong here. Error id " + id + "."})
	}
}

// refuse answers a client that did something wrong.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, p oauth.Params, status int, e *oauth.Error) {
	h.note(w, r, h.OAuth.ClientID(r.Header.Get("Authorization"), p), e, "")
	writeJSON(w, status, errorBody{e.Code, e.Description})
}

// refuseMethod answers who asks for a page as it is not asked for.
func (h *Handler) refuseMethod(w http.ResponseWriter, r *http.Request, method *methodError) {
	w.Header().Set("Allow", method.allow)
	h.refusePlainly(w, r, http.StatusMethodNotAllowed, method.visible(r))
}

// refusePlainly answers a program that is at the place of a browser.
func (h *Handler) refusePlainly(w http.ResponseWriter, r *http.Request, status int, e *oauth.Error) {
	h.note(w, r, "", e, "")
	http.Error(w, e.Description, status)
}

func unavailable(err error) bool {
	return errors.Is(err, oauth.ErrUnavailable) || errors.Is(err, account.ErrUnavailable) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// note keeps a refused request for the back office and the log, under an id if
// a person was shown one. This is the place where what was sent is quoted, and
// so the one where secrets are taken out.
func (h *Handler) note(w http.ResponseWriter, r *http.Request, clientID string, e *oauth.Error, id string) {
	f := Failure{
		ID: cmp.Or(id, errorID()), At: h.Clock(), ClientID: cut(h.OAuth.Called(r.Context(), clientID, e)),
		Code: e.Code, Description: oauth.Redacted(e.Description), Detail: oauth.Redacted(e.Detail),
	}
	failed(w, f.ID)
	h.Failures.add(f)
	attrs := []slog.Attr{slog.String("error_id", f.ID), slog.String("route", r.Pattern), slog.String("code", f.Code)}
	for _, a := range []slog.Attr{slog.String("client_id", f.ClientID), slog.String("description", f.Description), slog.String("detail", f.Detail)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	h.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request refused", attrs...)
}

// statusLeft is for the log and the metrics alone: the client did not wait for
// an answer. Proxies know the number.
const statusLeft = 499

// hungUp reports whether the client waits no more. One whose time a host has
// limited does.
func hungUp(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// left notes that a client has hung up, which is no failure of ours.
func (h *Handler) left(w http.ResponseWriter, r *http.Request) {
	h.Logger.DebugContext(r.Context(), "the client did not wait", "route", r.Pattern)
	w.WriteHeader(statusLeft)
}

// broke logs what is our own fault, and gives the id under which it does.
func (h *Handler) broke(w http.ResponseWriter, r *http.Request, what string, err error) (id string) {
	id = errorID()
	failed(w, id)
	h.Logger.ErrorContext(r.Context(), what, "error_id", id, "route", r.Pattern, "error", oauth.Redacted(err.Error()))
	return id
}

// errorID is a short name for one failure that a person can read out.
func errorID() string { return strings.ToLower(rand.Text()[:10]) }

// refusal is an error that only the person sees, on a page.
type refusal struct {
	heading, text, advice, detail string
	clientID, code, reason        string
	app                           string
}

// refusePerson shows the error page, logs what it left out, and keeps both
// under the id that the page shows.
func (h *Handler) refusePerson(w http.ResponseWriter, r *http.Request, status int, f *refusal) {
	id := errorID()
	if f.code == "" {
		f.code = oauth.CodeInvalidRequest
	}
	h.note(w, r, f.clientID, &oauth.Error{Code: f.code, Description: f.text, Detail: f.detail, Reason: f.reason}, id)
	h.showError(w, r, status, f, id)
}

// failPerson shows that something went wrong here, and logs what.
func (h *Handler) failPerson(w http.ResponseWriter, r *http.Request, err error) {
	if unavailable(err) && hungUp(r) {
		h.left(w, r)
		return
	}
	id := h.broke(w, r, "page failed", err)
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
	h.pages.Render(w, r, status, "error", ui.View{
		Title: f.heading, Narrow: true,
		Data: errorPage{Heading: f.heading, Text: f.text, Advice: f.advice, ID: id, AppName: f.app},
	})
}

type errorPage struct{ Heading, Text, Advice, ID, AppName string }
