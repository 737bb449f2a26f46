package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// recordRejection logs a rejected request, and keeps it for the back office.
func (h *Handler) recordRejection(r *http.Request, id, clientID string, e *oauth.Error) oauth.Rejection {
	kept := h.keepRejection(r, id, clientID, e)
	attrs := []slog.Attr{slog.String("error_id", id), slog.String("route", r.Pattern), slog.String("code", e.Code)}
	for _, a := range []slog.Attr{slog.String("client_id", cmp.Or(kept.ClientID, kept.Named)), slog.String("description", kept.Description), slog.String("detail", kept.Detail)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	h.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request rejected", attrs...)
	return kept
}

// keepRejection keeps a request that failed for the back office. This is the only place that quotes
// what a client sent, so it removes the secrets. The result has the client_id if the application
// exists.
func (h *Handler) keepRejection(r *http.Request, id, clientID string, e *oauth.Error) oauth.Rejection {
	kept := oauth.Rejection{
		ID: id, At: h.Clock(), Source: h.Rejections.Source(h.Address(r)),
		Reason: rejections.Reason(strings.TrimSpace(strings.TrimPrefix(r.Pattern, h.base)+" "+e.Code+" "+e.Reason), e.Authenticated),
		Code:   e.Code, Description: oauth.Redacted(e.Description), Detail: oauth.Redacted(e.Detail),
	}
	if name := h.OAuth.LogName(r.Context(), clientID, e); name == clientID {
		kept.ClientID = name
	} else {
		kept.Named = name
	}
	h.Rejections.Add(r.Context(), kept)
	return kept
}

// logFailure logs an error of this server.
func (h *Handler) logFailure(r *http.Request, id string, err error) {
	message := "request failed"
	if unavailable(err) {
		message = "temporarily unavailable"
	}
	h.Logger.ErrorContext(r.Context(), message, "error_id", id, "route", r.Pattern, "error", oauth.Redacted(err.Error()))
}
