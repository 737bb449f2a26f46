package web

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// recordRejection logs a rejected request, and keeps it for the back office.
// This is the only place that quotes what a client sent, so it removes the
// secrets. It returns the client_id if the application exists.
func (h *Handler) recordRejection(r *http.Request, id, clientID string, e *oauth.Error) (registered string) {
	name := h.OAuth.LogName(r.Context(), clientID, e)
	rejection := oauth.Rejection{
		ID: id, At: h.Clock(), Source: h.Rejections.Source(h.Address(r)),
		Reason: rejections.Reason(strings.TrimSpace(strings.TrimPrefix(r.Pattern, h.base)+" "+e.Code+" "+e.Reason), e.Authenticated),
		Code:   e.Code, Description: oauth.Redacted(e.Description), Detail: oauth.Redacted(e.Detail),
	}
	if name == clientID {
		rejection.ClientID = name
	} else {
		rejection.Named = name
	}
	h.Rejections.Add(r.Context(), rejection)
	attrs := []slog.Attr{slog.String("error_id", id), slog.String("route", r.Pattern), slog.String("code", e.Code)}
	for _, a := range []slog.Attr{slog.String("client_id", name), slog.String("description", rejection.Description), slog.String("detail", rejection.Detail)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	h.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request rejected", attrs...)
	return rejection.ClientID
}

// logFailure logs an error of this server.
func (h *Handler) logFailure(r *http.Request, id string, err error) {
	message := "request failed"
	if unavailable(err) {
		message = "temporarily unavailable"
	}
	h.Logger.ErrorContext(r.Context(), message, "error_id", id, "route", r.Pattern, "error", oauth.Redacted(err.Error()))
}
