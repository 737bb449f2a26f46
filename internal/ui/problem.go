package ui

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// A Problem is an error that a page shows to a person: what happened, and what
// they can do next.
type Problem struct {
	Status int // the HTTP status of the response
	// Heading, Text and Advice are one or two sentences each.
	Heading, Text, Advice Text
	// App is the name of the application that the request came from, or empty. AppHost is
	// its host, and Color its color.
	App, AppHost, Color string
	// Links are pages where the person can continue, such as the application.
	Links []Link
	// Retry sends again what the person typed; it may be nil.
	Retry *Retry
	// Err is the cause, which is logged and not shown; it may be nil.
	Err error
}

// Error returns the text and the cause.
func (p *Problem) Error() string {
	if cause := p.Cause(); cause != "" {
		return p.Text.String() + " (" + cause + ")"
	}
	return p.Text.String()
}

// Cause returns the text of Err, or "".
func (p *Problem) Cause() string {
	if p.Err == nil {
		return ""
	}
	return p.Err.Error()
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// CrossOriginProtection returns a check that rejects forms from pages of other
// origins. origin is the one of this server as browsers see it. A browser that
// does not send Sec-Fetch-Site is identified by its Origin header, and a proxy
// can change the Host header that it is compared with.
func CrossOriginProtection(origin string) (*http.CrossOriginProtection, error) {
	protection := http.NewCrossOriginProtection()
	return protection, protection.AddTrustedOrigin(origin)
}

// CheckOrigin returns the Problem for a form that a page of another origin sent, or nil.
// loopback reports whether a host is the machine itself.
func CheckOrigin(protection *http.CrossOriginProtection, origin string, loopback func(host string) bool, r *http.Request) error {
	if err := protection.Check(r); err != nil {
		return CrossOriginProblem(err)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && openedInsecurely(origin, r.Header.Get("Origin"), loopback, r) {
		return insecureProblem(origin)
	}
	return nil
}

// CheckReferer returns a Problem if the page that led to the request was opened over http, and nil
// otherwise. The page is one of this server or of the host program. The arguments are those of
// CheckOrigin. CheckReferer is for a request that failed because a cookie is missing.
func CheckReferer(origin string, loopback func(host string) bool, r *http.Request) error {
	page, err := url.Parse(r.Referer())
	if err == nil && openedInsecurely(origin, page.Scheme+"://"+page.Host, loopback, r) {
		return insecureProblem(origin)
	}
	return nil
}

func insecureProblem(origin string) *Problem {
	return &Problem{
		Status: http.StatusForbidden, Heading: Text{"problem.insecure_heading"}, Text: Text{"problem.insecure"},
		Err: errInsecure, Links: []Link{{Text: Plain(origin), URL: origin}},
	}
}

// ErrHostLogin is the error of a page whose login a host program could not check or end.
var ErrHostLogin = errors.New("the login of the host program failed")

// errInsecure is the cause of a rejected form, for the log.
var errInsecure = errors.New("the page was opened over http, but the issuer has https. Browsers do not store the cookie of a login that is sent over http. Open the server with the URL of the issuer")

// openedInsecurely reports whether the page that sent a request is one of this server that was
// opened over http, although origin, the origin of the server, uses https. Without this check, a
// login would have no effect, and nothing would show why. Browsers treat a loopback host like
// https.
func openedInsecurely(origin, page string, loopback func(host string) bool, r *http.Request) bool {
	if !strings.HasPrefix(origin, "https://") {
		return false
	}
	host, insecure := strings.CutPrefix(page, "http://")
	name := (&url.URL{Host: host}).Hostname()
	return insecure && !loopback(name) && (host == r.Host || host == strings.TrimPrefix(origin, "https://"))
}

// CrossOriginProblem returns the Problem for a form that another site's page
// sent.
func CrossOriginProblem(err error) *Problem {
	return &Problem{
		Status: http.StatusForbidden, Heading: Text{"problem.origin_heading"},
		Text: Text{"problem.origin"}, Advice: Text{"problem.origin_advice"}, Err: err,
	}
}

// FormProblem returns the Problem for a form that cannot be read.
func FormProblem(err error) *Problem {
	p := &Problem{
		Status: http.StatusBadRequest, Heading: Text{"problem.form_heading"},
		Text: Text{"problem.form"}, Advice: Text{"problem.form_advice"}, Err: err,
	}
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		p.Status = http.StatusRequestEntityTooLarge
	}
	return p
}

// NewErrorID returns a new id for a request that failed, short enough to be
// read out. A ResponseWriter with a method Failed, as the one that OnRequest
// uses, receives the id.
func NewErrorID(w http.ResponseWriter) string { return UseErrorID(w, RandomErrorID()) }

// RandomErrorID returns an id for a request that may have failed.
func RandomErrorID() string { return strings.ToLower(rand.Text()[:10]) }

// UseErrorID records id as the error ID of a failed request, and returns it.
func UseErrorID(w http.ResponseWriter, id string) string {
	if w, ok := w.(interface{ Failed(errorID string) }); ok {
		w.Failed(id)
	}
	return id
}
