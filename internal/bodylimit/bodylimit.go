// Package bodylimit bounds the bodies of requests. It is the outermost handler
// of every listener and of every handler that a host program mounts, so that no
// route can omit the limit.
package bodylimit

import (
	"io"
	"net/http"
)

// Max is the length of the longest body, in bytes. A route can accept less. A route that
// calls Raise can accept more.
const Max = 64 << 10

// Handler returns a handler in which reading more than Max bytes of the body of
// a request fails with an *http.MaxBytesError. If the client sends more, the
// server closes the connection.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// net/http itself enforces a known length. Most requests have one, and
		// need no reader of their own.
		if r.ContentLength < 0 || r.ContentLength > Max {
			r.Body = &limited{http.MaxBytesReader(w, r.Body, Max), r.Body}
		}
		next.ServeHTTP(w, r)
	})
}

// limited is a body of at most Max bytes.
type limited struct {
	io.ReadCloser
	unlimited io.ReadCloser
}

// Raise sets another limit for the body of a request. It must be called before the body is
// read, and after the handler has checked that the client is allowed to send a larger body.
func Raise(w http.ResponseWriter, r *http.Request, limit int64) {
	for body, ok := r.Body.(*limited); ok; body, ok = r.Body.(*limited) {
		r.Body = body.unlimited
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
}
