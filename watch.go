package latchkey

import (
	"cmp"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Request is a request that was answered, as a log or a histogram wants it. It
// holds nothing that was sent but what says where it came from.
type Request struct {
	// Method is one of those that HTTP defines, or "other".
	Method string
	// Route is the pattern that served the request, such as "/o/token", and
	// never its path: there are a few dozen, whatever a stranger sends.
	Route  string
	Status int
	// Bytes are those of the answer's body.
	Bytes int64
	Began time.Time
	Took  time.Duration
	// Address is where it came from, as far as TrustedProxies say.
	Address netip.Addr
	// ClientID is the application that has shown who it is, or empty.
	ClientID string
	// ErrorID is the id under which the log and the back office tell why the
	// request failed, or empty.
	ErrorID string
}

// watched tells OnRequest of every request. route is that of a request that
// gets no further.
func (s *Server) watched(next http.Handler, route string) http.Handler {
	if s.onRequest == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, request: Request{Began: s.clock()}}
		r.Pattern = route
		defer func() {
			s.tellRequest(r, a)
		}()
		next.ServeHTTP(a, r)
		a.done = true
	})
}

func (s *Server) tellRequest(r *http.Request, a *answer) {
	request := &a.request
	request.Took = s.clock().Sub(request.Began)
	request.Method, request.Route = knownMethod(r.Method), routeOf(r.Pattern)
	request.Address = s.web.Address(r)
	if request.Status == 0 {
		request.Status = http.StatusOK
		if !a.done { // it panics
			request.Status = http.StatusInternalServerError
		}
	}
	s.onRequest(r.Context(), *request)
}

// knownMethod keeps methods that a stranger makes up out of labels.
func knownMethod(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return name
	}
	return "other"
}

// routeOf is the path of a ServeMux pattern.
func routeOf(pattern string) string {
	if _, path, found := strings.Cut(pattern, " "); found {
		pattern = path
	}
	return cmp.Or(strings.TrimSuffix(pattern, "{$}"), "/")
}

// answer is the ResponseWriter of a watched request.
type answer struct {
	http.ResponseWriter
	request Request
	done    bool
}

func (a *answer) WriteHeader(status int) {
	if a.request.Status == 0 && status >= http.StatusOK {
		a.request.Status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(body []byte) (int, error) {
	if a.request.Status == 0 {
		a.request.Status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(body)
	a.request.Bytes += int64(n)
	return n, err
}

// Failed and Authenticated are told by the faces.
func (a *answer) Failed(errorID string) { a.request.ErrorID = errorID }

func (a *answer) Authenticated(clientID string) { a.request.ClientID = clientID }

// Unwrap lets http.ResponseController through.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
