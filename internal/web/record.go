package web

import (
	"log/slog"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// recordRejection logs a rejected request, and keeps it for the back office.
// Only here is quoted what a client sent, so here secrets are removed from it.
func (h *Handler) recordRejection(r *http.Request, id, clientID string, e *oauth.Error) {
	f := Failure{
		ID: id, At: h.Clock(), ClientID: shorten(h.OAuth.Called(r.Context(), clientID, e)),
		Code: e.Code, Description: oauth.Redacted(e.Description), Detail: oauth.Redacted(e.Detail),
	}
	h.Failures.add(f)
	attrs := []slog.Attr{slog.String("error_id", f.ID), slog.String("route", r.Pattern), slog.String("code", f.Code)}
	for _, a := range []slog.Attr{slog.String("client_id", f.ClientID), slog.String("description", f.Description), slog.String("detail", f.Detail)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	h.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request rejected", attrs...)
}

// logFailure logs an error of this server.
func (h *Handler) logFailure(r *http.Request, id string, err error) {
	message := "request failed"
	if unavailable(err) {
		message = "storage unavailable"
	}
	h.Logger.ErrorContext(r.Context(), message, "error_id", id, "route", r.Pattern, "error", oauth.Redacted(err.Error()))
}
