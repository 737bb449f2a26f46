package flows

import (
	"slices"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Name names a step of an attempt, or a check of a request. The pages have texts for each.
type Name string

// The steps. A failure of the login is a step with the name of its reason; see
// oauth.LoginFailureReasons.
const (
	Request      Name = "request"       // the authorization request
	DeviceBegins Name = "device"        // the request of a device
	CodeEntered  Name = "entered"       // the person enters the code of the device
	LogIn        Name = "login"         // the person logs in
	WasLoggedIn  Name = "logged_in"     // the person was logged in already
	Factor       Name = "factor"        // the second factor
	Refused      Name = "refused"       // the person refused, or an administrator canceled the request
	Consent      Name = "consent"       // the person gives permission
	NoConsent    Name = "consented"     // no consent page was needed
	StepFailed   Name = "step_failed"   // a step failed, and its reason is not known any more
	Response     Name = "response"      // the application receives its response
	Exchange     Name = "exchange"      // the application exchanges the code
	DeviceTokens Name = "device_tokens" // the device receives its tokens
)

// The checks of requests. A request can also fail at some of the steps.
const (
	CheckRequest        Name = "check_request"
	CheckClient         Name = "check_client"
	CheckRedirect       Name = "check_redirect"
	CheckParameters     Name = "check_parameters"
	CheckAuthentication Name = "check_authentication"
	CheckGrant          Name = "check_grant"
	CheckCode           Name = "check_code"
	CheckScope          Name = "check_scope"
	CheckTokens         Name = "check_tokens"
	CheckIgnoredScope   Name = "check_ignored_scope" // a scope of the request is unknown, and was ignored
)

// A Check is one of the checks that a step consists of.
type Check struct {
	Name   Name
	Failed bool
	Scope  string // of CheckIgnoredScope, or empty
}

// A Step is a step of an attempt.
type Step struct {
	Name   Name
	At     time.Time // when it happened, or zero if that is not known
	State  string    // "ok", "bad", "warn" if the person continued after it, "wait", or "off" if it was not reached
	Checks []Check   // the checks that were made, or nil
	// Reason is why the step failed, or nil.
	Reason *oauth.Rejection
	// Times is how often a failure of the login happened, at most oauth.MaxLoginFailures, and
	// Provider the login provider, or empty.
	Times    int
	Provider string // see Times
}

// Repeated returns how often a failure of the login happened, or "" for once.
func (s Step) Repeated() string {
	switch {
	case s.Times >= oauth.MaxLoginFailures:
		return strconv.Itoa(s.Times) + "+"
	case s.Times > 1:
		return strconv.Itoa(s.Times)
	}
	return ""
}

// A rule is a check, and the codes or reasons of the errors with which it fails. The last rule
// with "" fails for everything else.
type rule struct {
	name  Name
	fails []string
}

// authorizationRules and tokenRules are in the order in which the server checks.
var authorizationRules = []rule{
	{CheckRequest, nil},
	{CheckClient, []string{"unknown", "disabled", "bad_document", "document_host", oauth.CodeInvalidClient}},
	{CheckRedirect, []string{"wrong_redirect_uri", "no_redirect_uri"}},
	{CheckParameters, []string{""}},
	{LogIn, []string{oauth.CodeLoginRequired, oauth.CodeInteractionRequired}},
	{Factor, []string{"second_factor", oauth.CodeUnmetAuthentication}},
	{Consent, []string{oauth.CodeAccessDenied, oauth.CodeConsentRequired}},
	{Response, nil},
}

var tokenRules = []rule{
	{CheckRequest, []string{""}},
	{CheckAuthentication, []string{oauth.CodeInvalidClient}},
	{CheckGrant, []string{oauth.CodeUnauthorizedClient, oauth.CodeUnsupportedGrantType}},
	{CheckCode, []string{oauth.CodeInvalidGrant, oauth.CodeExpiredToken}},
	{CheckScope, []string{oauth.CodeInvalidScope, oauth.CodeInvalidTarget}},
	{CheckTokens, nil},
}

// passed returns the checks of rules as passed.
func passed(rules []rule) (checks []Check) {
	for _, r := range rules {
		checks = append(checks, Check{Name: r.name})
	}
	return checks
}

// ChecksOf returns the checks of a rejected request up to the one that failed, and those that were
// not reached. It knows the checks of the authorization endpoint and of the token endpoint. A
// failure of the server is not a check of the request.
func ChecksOf(r oauth.Rejection) (done []Check, after []Name) {
	endpoint, words := endpointOf(r)
	all := map[string][]rule{"authorize": authorizationRules, "token": tokenRules}[endpoint]
	if all == nil || r.Code == oauth.CodeServerError {
		return nil, nil
	}
	failed := slices.IndexFunc(all, func(s rule) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(s.fails, word) })
	})
	if failed < 0 {
		failed = slices.IndexFunc(all, func(s rule) bool { return slices.Contains(s.fails, "") })
	}
	for i, s := range all {
		if i <= failed {
			done = append(done, Check{Name: s.name, Failed: i == failed})
		} else {
			after = append(after, s.name)
		}
	}
	return done, after
}

// Steps returns the steps of a flow, in order. rejected is why a step failed, or nil. The first
// request has passed all its checks, because a flow begins then. A step whose page the person did
// not need is omitted.
func Steps(f oauth.Flow, rejected *oauth.Rejection) []Step {
	answered := !f.ApprovedAt.IsZero() || !f.DeniedAt.IsZero()
	atLogin, atFactor := failureSteps(f, answered || !f.ConsentAt.IsZero())
	all := append(firstSteps(f), atLogin...)
	if !f.FactorAt.IsZero() {
		all = append(all, Step{Name: Factor, At: f.FactorAt, State: reached(answered || f.ConsentAt.After(f.FactorAt))})
	}
	all = append(all, atFactor...)
	switch {
	case !f.DeniedAt.IsZero() && f.ApprovedAt.IsZero():
		return append(all, Step{Name: Refused, At: f.DeniedAt, State: "bad"})
	case !f.ConsentAt.IsZero():
		all = append(all, Step{Name: Consent, At: f.ConsentAt, State: reached(answered)})
	case answered:
		all = append(all, Step{Name: NoConsent, State: "ok"})
	}
	failure := Step{Name: StepFailed, At: f.FailedAt, State: "bad", Reason: rejected}
	if rejected != nil {
		failure.Checks, _ = ChecksOf(*rejected)
	}
	tokens := Step{Name: Exchange, State: "off"}
	if f.Device {
		tokens.Name = DeviceTokens
	}
	response := Step{Name: Response, At: f.ApprovedAt, State: "ok"}
	if f.ApprovedAt.IsZero() {
		response.State = "off"
	} else if !f.Device { // a device has no other response than its tokens
		all = append(all, response)
	}
	if f.TokenAt.IsZero() && f.DeniedAt.After(f.ApprovedAt) {
		all = append(all, Step{Name: Refused, At: f.DeniedAt, State: "bad"})
	}
	if !f.FailedAt.IsZero() {
		all = append(all, failure)
	}
	if response.State == "off" && !f.Device {
		all = append(all, response)
	}
	if !f.TokenAt.IsZero() {
		tokens.At, tokens.State, tokens.Checks = f.TokenAt, "ok", passed(tokenRules[:len(tokenRules)-1])
	}
	if StateOf(f) == Answered {
		tokens.State = "wait"
	}
	return append(all, tokens)
}

// RejectedSteps returns the steps of an attempt whose first request was rejected: the request with its
// checks, and the steps that were not reached.
func RejectedSteps(r oauth.Rejection) []Step {
	endpoint, _ := endpointOf(r)
	first := Step{Name: Request, At: r.At, State: "bad", Reason: &r}
	switch endpoint {
	case "token":
		first.Name = Exchange
	case "device-authorization":
		first.Name = DeviceBegins
	}
	checks, after := ChecksOf(r)
	first.Checks = checks
	all := []Step{first}
	for _, name := range after {
		all = append(all, Step{Name: name, State: "off"})
	}
	return all
}

// firstSteps returns the steps of a flow up to the login.
func firstSteps(f oauth.Flow) []Step {
	all := []Step{{Name: Request, At: f.BeganAt, State: "ok", Checks: append(passed(authorizationRules[:4]), ignored(f)...)}}
	if f.Device {
		all = []Step{
			{Name: DeviceBegins, At: f.BeganAt, State: "ok", Checks: append([]Check{{Name: CheckAuthentication}, {Name: CheckGrant}, {Name: CheckScope}}, ignored(f)...)},
			{Name: CodeEntered, At: f.EnteredAt, State: reached(!f.EnteredAt.IsZero())},
		}
	}
	switch {
	case !f.LoginAt.IsZero():
		all = append(all, Step{Name: LogIn, At: f.LoginAt, State: reached(f.Person)})
	case f.Person && !f.Device: // a person has to log in before they enter a code
		all = append(all, Step{Name: WasLoggedIn, State: "ok"})
	}
	return all
}

// ignored returns a check for each scope of the request that was ignored.
func ignored(f oauth.Flow) (checks []Check) {
	for _, scope := range f.IgnoredScopes {
		checks = append(checks, Check{Name: CheckIgnoredScope, Scope: scope})
	}
	return checks
}

// failureSteps returns the failures of the login as steps after the login, and those of the second
// factor in a session as steps after the second factor. Failures with the same reason and provider are
// one step. continued reports whether the person got further.
func failureSteps(f oauth.Flow, continued bool) (atLogin, atFactor []Step) {
	state := "bad"
	if continued {
		state = "warn"
	}
	for _, failure := range f.LoginFailures {
		steps := &atLogin
		if failure.Reason == oauth.OutcomeWrongCode && !f.FactorAt.IsZero() {
			steps = &atFactor
		}
		i := slices.IndexFunc(*steps, func(s Step) bool { return s.Name == Name(failure.Reason) && s.Provider == failure.Provider })
		if i < 0 {
			i, *steps = len(*steps), append(*steps, Step{Name: Name(failure.Reason), State: state, Provider: failure.Provider})
		}
		step := &(*steps)[i]
		step.At, step.Times = failure.At, step.Times+1
	}
	return atLogin, atFactor
}

// reached returns the state of a step that was begun.
func reached(done bool) string {
	if done {
		return "ok"
	}
	return "wait"
}
