package web

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/audit"
)

// endHostSession ends the login session of the browser.
func (h *Handler) endHostSession(w http.ResponseWriter, r *http.Request) error {
	p, err := h.sessionOwner(r)
	if err != nil || p.Authentication == nil {
		return err // a request without the cookies of the host ends no session
	}
	err = h.OAuth.EndHostSession(r.Context(), p.Subject, p.SessionID, func(ctx context.Context) error {
		headers := &headerWriter{header: w.Header()}
		if err := h.Host.LogOut(headers, r.WithContext(ctx)); err != nil {
			return &HostError{"People.LogOut", err}
		}
		if headers.wrote {
			h.Logger.ErrorContext(ctx, "People.LogOut wrote a response, which was discarded, because the server shows a page or redirects afterwards. "+
				"It must only delete the session and set headers, such as Set-Cookie: call neither http.Redirect nor Write in it")
		}
		return nil
	})
	if err == nil {
		h.setBrowserState(w, "")
	}
	return err
}

// EndSession revokes everything that depends on the login session of a request. The host calls it
// before it ends the session. The event has the person, the address and the browser, as that of a logout
// on a page of this server.
func (h *Handler) EndSession(w http.ResponseWriter, r *http.Request) error {
	ctx, _ := audit.WithActor(h.context(r), r.UserAgent())
	r = r.WithContext(ctx)
	p, err := h.sessionOwner(r)
	if err != nil || p.Authentication == nil {
		return err
	}
	if err := h.OAuth.EndSession(context.WithoutCancel(ctx), p.Subject, p.SessionID); err != nil {
		return err
	}
	h.setBrowserState(w, "")
	return nil
}

// A headerWriter is a ResponseWriter that discards everything but the headers of a response
// that begins later.
type headerWriter struct {
	header http.Header
	wrote  bool
}

func (w *headerWriter) Header() http.Header { return w.header }

// WriteHeader discards the status, and the headers of the response that it belongs to.
func (w *headerWriter) WriteHeader(int) {
	w.wrote = true
	for _, name := range []string{"Location", "Content-Type", "Content-Length", "Content-Encoding"} {
		w.header.Del(name)
	}
}

func (w *headerWriter) Write(body []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(body), nil
}
