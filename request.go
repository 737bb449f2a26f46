package latchkey

import (
	"cmp"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Request describes a request and its response for logs and metrics. It contains
// nothing that the client has sent, except its address.
type Request struct {
	// Method is a method that HTTP defines, or "other".
	Method string
	// Route is the pattern that served the request, such as "/o/token", and never
	// the path. There are a few dozen routes, whatever clients send.
	Route  string
	Status int // the HTTP status of the response
	// Bytes is the length of the response body.
	Bytes    int64
	Start    time.Time     // when the request arrived, by Options.Clock
	Duration time.Duration // until the handler returned
	// Address is the address of the client, according to TrustedProxies.
	Address netip.Addr
	// ClientID is the application, or empty if none was authenticated.
	ClientID string
	// ErrorID identifies the reason for a failure in the log and in the back office,
	// or is empty.
	ErrorID string
}

// reportRequests returns a handler that calls OnRequest after every request.
// route is the route of requests that no pattern of next matches.
func (s *Server) reportRequests(next http.Handler, route string) http.Handler {
	if s.options.OnRequest == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &responseRecorder{ResponseWriter: w, request: Request{Start: s.options.Clock()}}
		r.Pattern = route
		defer func() { s.reportRequest(r, recorder) }() // even if the handler panics
		next.ServeHTTP(recorder, r)
		recorder.returned = true
	})
}

func (s *Server) reportRequest(r *http.Request, recorder *responseRecorder) {
	request := &recorder.request
	request.Duration = s.options.Clock().Sub(request.Start)
	request.Method, request.Route = knownMethod(r.Method), routeOf(r.Pattern)
	request.Address = s.web.Address(r)
	if request.Status == 0 {
		request.Status = http.StatusOK
		if !recorder.returned { // the handler panics
			request.Status = http.StatusInternalServerError
		}
	}
	s.options.OnRequest(r.Context(), *request)
}

// limitStoreWait returns a handler whose requests each wait for the Store for at
// most oauth.MaxStoreWait in total. Package web does the same for its own routes.
func limitStoreWait(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(oauth.WithStoreWait(r.Context())))
	})
}

// knownMethod returns the method, or "other" for a method that a client has
// invented: methods are labels of metrics.
func knownMethod(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return name
	}
	return "other"
}

// routeOf returns the path of a ServeMux pattern.
func routeOf(pattern string) string {
	if _, path, found := strings.Cut(pattern, " "); found {
		pattern = path
	}
	return cmp.Or(strings.TrimSuffix(pattern, "{$}"), "/")
}

// responseRecorder is a ResponseWriter that records what OnRequest needs.
type responseRecorder struct {
	http.ResponseWriter
	request  Request
	returned bool // the handler has returned
}

func (r *responseRecorder) WriteHeader(status int) {
	if r.request.Status == 0 && status >= http.StatusOK {
		r.request.Status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *responseRecorder) Write(body []byte) (int, error) {
	if r.request.Status == 0 {
		r.request.Status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(body)
	r.request.Bytes += int64(n)
	return n, err
}

// Failed records the id of a failure. Packages ui and web call it.
func (r *responseRecorder) Failed(errorID string) { r.request.ErrorID = errorID }

// Begun reports whether a part of the response was sent. Package ui calls it.
func (r *responseRecorder) Begun() bool { return r.request.Status != 0 }

// Authenticated records the application. Package web calls it.
func (r *responseRecorder) Authenticated(clientID string) { r.request.ClientID = clientID }

// Unwrap is for http.ResponseController.
func (r *responseRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
