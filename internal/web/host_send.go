package web

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// sendToHost sends a person to the login page of the host. It returns an error if the host writes
// no response: the person would see an empty page.
func (h *Handler) sendToHost(w http.ResponseWriter, r *http.Request, next string, reason provider.LoginReason, req *provider.AuthorizationRequest) error {
	began := &beganWriter{ResponseWriter: w}
	h.Host.LogIn(began, r, next, reason, req)
	if began.began || r.Context().Err() != nil {
		return nil
	}
	return errors.New("People.LogIn wrote no response. It must redirect to the login page of the host, as http.Redirect does, or write that page")
}

// A beganWriter records whether a response began.
type beganWriter struct {
	http.ResponseWriter
	began bool
}

func (w *beganWriter) WriteHeader(status int) {
	w.began = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *beganWriter) Write(body []byte) (int, error) {
	w.began = true
	return w.ResponseWriter.Write(body)
}

// Unwrap is for http.ResponseController.
func (w *beganWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
