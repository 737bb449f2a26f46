package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A HostError is an error of the login of the host program. It matches oauth.ErrUnavailable and
// ui.ErrHostLogin with errors.Is.
type HostError struct {
	Method string // the method of latchkey.People
	Err    error  // what it returned
}

// Error returns a text for the log.
func (e *HostError) Error() string {
	return fmt.Sprintf("%v: %s: %v", oauth.ErrUnavailable, e.Method, e.Err)
}

// Is reports whether target is oauth.ErrUnavailable or ui.ErrHostLogin.
func (*HostError) Is(target error) bool {
	return target == oauth.ErrUnavailable || target == ui.ErrHostLogin
}

// A Host is the login of the host program.
type Host struct {
	// Current returns the person who is logged in. The Authentication is nil if nobody
	// is.
	Current func(*http.Request) (Person, error)
	// LogIn sends the person to the login page, which sends them back to next, a path
	// of this server. req is the authorization request for which they have to log in,
	// or nil.
	LogIn func(w http.ResponseWriter, r *http.Request, next string, reason provider.LoginReason, req *provider.AuthorizationRequest)
	// LogOut ends the login session of the browser. If it is nil, the host cannot log
	// people out at the request of Latchkey.
	LogOut func(http.ResponseWriter, *http.Request) error
}

// logsOut reports whether people can log out at this server.
func (h *Handler) logsOut() bool { return h.Host == nil || h.Host.LogOut != nil }

// AccountURL returns the address of the page of a person's own account.
func (h *Handler) AccountURL() string { return h.base + "/account/" }

// LogoutURL returns the address to which pages send the form "Log out", or "".
func (h *Handler) LogoutURL() string {
	if !h.logsOut() {
		return ""
	}
	return h.base + "/logout/"
}

// LogIn sends a person who is not logged in, or not reliably enough, to the login page or to
// that of the second factor. They return to next, which is a path of this server.
func (h *Handler) LogIn(w http.ResponseWriter, r *http.Request, next string) error {
	switch {
	case h.Host == nil:
		return h.logInOwn(w, r, next)
	case r.Method == http.MethodPost:
		return h.afterForm(w, r, next)
	}
	person, err := h.person(r)
	if err != nil {
		return err
	}
	h.forgetBrowserState(w, r)
	return h.sendToHost(w, r, h.base+"/returned/?next="+url.QueryEscape(next), hostReason(person, provider.LoginNobody), nil)
}

// logInOwn is LogIn for people with an account.
func (h *Handler) logInOwn(w http.ResponseWriter, r *http.Request, next string) error {
	person, err := h.person(r)
	if err != nil {
		return err
	}
	if step := h.OAuth.PageStep(person.Authentication); step == provider.StepSecondFactor || step == provider.StepAddFactor {
		return h.redirect(w, r, h.factorURL(step, next))
	}
	return h.redirect(w, r, h.loginURL(next))
}

// afterForm continues with a GET after the form of a page. The login page can be at
// another origin, to which browsers do not follow a redirect after a form; see leave.
func (h *Handler) afterForm(w http.ResponseWriter, r *http.Request, next string) error {
	if acceptsPage(r) {
		return h.onward(w, r, next, "")
	}
	return h.redirect(w, r, next)
}

// returned continues at next after the login page of the host. If the person is still not
// logged in, they are not sent there again automatically, because that could repeat
// forever.
func (h *Handler) returned(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	next, fresh := localPath(r.URL.Query().Get("next"), "/"), r.URL.Query().Get("fresh")
	person, err := h.person(r)
	if err != nil {
		return err
	}
	switch {
	case person.Authentication == nil:
		return h.sentBack(person, provider.LoginNobody, next)
	case fresh == "" || h.recentAtHost(person):
		return h.redirect(w, r, next)
	case fresh == "done" && person.AuthTime.IsZero():
		return h.sentBackWithoutTime(h.freshURL("ask", next))
	case fresh == "done":
		return h.sentBack(person, provider.LoginFresh, h.freshURL("ask", next))
	}
	return h.sendToHost(w, r, h.freshURL("done", next), provider.LoginFresh, nil)
}

// hostRecent is how long a login at a host counts as a confirmation of the identity, as
// account.Accounts.CheckRecent does for people with an account.
const hostRecent = 5 * time.Minute

// recentAtHost reports whether a person has just logged in at the host. If the host does not
// know when, they have not.
func (h *Handler) recentAtHost(p Person) bool {
	return !p.AuthTime.IsZero() && h.Clock().Sub(p.AuthTime) < hostRecent
}

// freshURL returns the URL that sends a person to log in again ("ask"), or to which they
// return from there ("done"), before they continue at next.
func (h *Handler) freshURL(step, next string) string {
	return h.base + "/returned/?" + url.Values{"fresh": {step}, "next": {next}}.Encode()
}

// confirmAtHost sends a person to log in again, unless they have just logged in.
func (h *Handler) confirmAtHost(w http.ResponseWriter, r *http.Request, back string) (asked bool, err error) {
	person, err := h.person(r)
	switch {
	case err != nil:
		return false, err
	case person.Authentication == nil:
		return true, h.LogIn(w, r, back)
	case h.recentAtHost(person):
		return false, nil
	case r.Method == http.MethodPost:
		return true, h.afterForm(w, r, h.freshURL("ask", back))
	}
	return true, h.sendToHost(w, r, h.freshURL("done", back), provider.LoginFresh, nil)
}

// sentBackTexts are shown to a person who came back from the login page too early.
var sentBackTexts = map[provider.LoginReason]ui.Text{
	provider.LoginNobody:      {"problem.sent_back_nobody"},
	provider.LoginFresh:       {"problem.sent_back_fresh"},
	provider.LoginOtherPerson: {"problem.sent_back_person"},
	provider.LoginCreate:      {"problem.sent_back_create"},
}

// sentBack returns the Problem for a person who was sent back without the login that
// is needed. again leads to the login page.
func (h *Handler) sentBack(p Person, reason provider.LoginReason, again string) error {
	cause, text, advice := fmt.Errorf("%w (reason %q)", provider.ErrSentBack, reason), sentBackTexts[reason], ui.Text{"problem.sent_back_advice"}
	switch {
	case p.inactive != "":
		text, advice = ui.Text{"problem.sent_back_inactive"}, ui.Text{"problem.sent_back_inactive_advice"}
		cause = fmt.Errorf("%w: People.Current reports that %q is logged in, and People.Lookup that they are not active", provider.ErrSentBack, p.inactive)
	case reason == provider.LoginNobody:
		cause = fmt.Errorf("%w: People.Current reports that nobody is logged in; check that the middleware for its sessions wraps the Server, and that the path of its cookie includes %s/", provider.ErrSentBack, h.base)
	}
	return &ui.Problem{
		Status: http.StatusForbidden, Heading: ui.Text{"problem.sent_back_heading"}, Text: text, Advice: advice,
		Links: []ui.Link{{Text: ui.Text{"button.log_in"}, URL: again}},
		Err:   cause,
	}
}

// sentBackWithoutTime returns the Problem for a person of a host that does not report when
// people logged in.
func (h *Handler) sentBackWithoutTime(again string) error {
	return &ui.Problem{
		Status: http.StatusForbidden, Heading: ui.Text{"problem.sent_back_heading"}, Text: ui.Text{"problem.sent_back_no_time"},
		Advice: ui.Text{"problem.sent_back_no_time_advice"},
		Links:  []ui.Link{{Text: ui.Text{"button.log_in"}, URL: again}},
		Err: fmt.Errorf("%w (reason %q): the AuthTime of the Person from People.Current is zero, and this page needs a login of the last %d minutes; "+
			"set AuthTime to the time at which the person proved their identity", provider.ErrSentBack, provider.LoginFresh, int(hostRecent.Minutes())),
	}
}

// logInFor sends the person to the page for the step. From there, they return to continue
// with the request.
func (h *Handler) logInFor(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person, step provider.Step) error {
	if h.Host != nil {
		return h.hostLogIn(w, r, req, p, h.OAuth.LoginReason(req, p.Authentication))
	}
	if step == provider.StepSignUp {
		return h.detour(w, r, req, h.signUpURL)
	}
	return h.detour(w, r, req, h.loginURL)
}

// hostLogIn sends the person to the login page of the host.
func (h *Handler) hostLogIn(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person, reason provider.LoginReason) error {
	if r.Method == http.MethodPost {
		req.Switch = reason == provider.LoginOtherPerson
		handle, err := h.seal(w, r, req)
		if err != nil {
			return err
		}
		return h.afterForm(w, r, h.base+"/authorize/?resume="+handle)
	}
	if p.Authentication == nil {
		h.forgetBrowserState(w, r)
	}
	req.SendToLogin(p.Authentication, reason)
	handle, err := h.seal(w, r, req)
	if err != nil {
		return err
	}
	return h.sendToHost(w, r, h.base+"/authorize/?resume="+handle, hostReason(p, reason), req)
}

// switchPerson logs the person out, and sends them to log in as another one.
func (h *Handler) switchPerson(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	if h.Host == nil {
		if err := h.endSession(w, r); err != nil {
			return err
		}
		return h.detour(w, r, req, h.loginURL)
	}
	p, err := h.person(r)
	if err != nil {
		return err
	}
	if h.Host.LogOut != nil {
		if err := h.endHostSession(w, r); err != nil {
			return err
		}
	}
	return h.hostLogIn(w, r, req, p, provider.LoginOtherPerson)
}

// resumeSwitch continues after switchPerson, which was the answer to a form.
func (h *Handler) resumeSwitch(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) error {
	p, err := h.person(r)
	if err != nil {
		return err
	}
	req.Switch = false
	return h.hostLogIn(w, r, req, p, provider.LoginOtherPerson)
}

// personSentBack describes the error of Next for a person who came back from the
// login page of the host without the login that is needed.
func (h *Handler) personSentBack(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, p Person, err error) error {
	if !errors.Is(err, provider.ErrSentBack) {
		return err
	}
	reason := h.OAuth.LoginReason(req, p.Authentication)
	req.SawPage()
	handle, err := h.seal(w, r, req)
	if err != nil {
		return err
	}
	return h.sentBack(p, reason, h.base+"/authorize/?resume="+handle)
}
