package counts

import (
	"cmp"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The first parts of the names of series. The other parts follow after slashes.
const (
	// Token is followed by the grant type with which tokens were issued.
	Token = "token"
	// Login is followed by the outcome of a login. The first of two steps is not counted.
	Login = "login"
	// Decision is followed by OutcomeApproved or OutcomeDenied.
	Decision = "decision"
	// Failure is followed by the name of the event, the error code and the reason.
	Failure = "failure"
	// Latency is followed by the name of one of the LatencyBounds, or by Slower: a token
	// request took at most that long.
	Latency = "latency"
	// Webhook is followed by the outcome of a delivery and the name of the webhook, and Mail
	// by the outcome of an attempt to send an email.
	Webhook = "webhook"
	Mail    = "mail"
	// Size is followed by the name of a table, or by nothing for all tables. The number is
	// its size in bytes.
	Size = "size"
)

// Slower is the name for what took longer than all LatencyBounds.
const Slower = "slower"

// LatencyBounds are the upper bounds of the durations that are counted together.
func LatencyBounds() []time.Duration { return latencyBounds[:] }

var latencyBounds = [...]time.Duration{ //nolint:gochecknoglobals // constant
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
}

// latencySeries returns the series of the durations up to a bound, or of slower ones.
func latencySeries(bound int) string {
	if bound == len(latencyBounds) {
		return join(Latency, Slower)
	}
	return join(Latency, latencyBounds[bound].String())
}

// seriesOf returns the series of an event, or "" if it is not counted.
func seriesOf(e oauth.Event) string {
	switch e.Name {
	case oauth.EventToken:
		if e.Outcome == oauth.OutcomeOK {
			return join(Token, e.Kind)
		}
		return failure(e)
	case oauth.EventAuthorization:
		if e.Outcome == oauth.OutcomeApproved || e.Outcome == oauth.OutcomeDenied {
			return join(Decision, e.Outcome)
		}
		return failure(e)
	case oauth.EventPushedRequest, oauth.EventIntrospection, oauth.EventRevocation, oauth.EventUserInfo, oauth.EventRegistration:
		if e.Outcome == oauth.OutcomeOK || e.Outcome == oauth.OutcomeActive || e.Outcome == oauth.OutcomeInactive {
			return ""
		}
		return failure(e)
	case oauth.EventLogin:
		if e.Outcome == oauth.OutcomeSecondFactor {
			return ""
		}
		return join(Login, e.Outcome)
	case oauth.EventWebhook:
		return join(Webhook, e.Outcome, e.Target)
	case oauth.EventMail:
		return join(Mail, e.Outcome)
	}
	return ""
}

// failure returns the series of a request that failed. A device that has to wait for the
// person is not a failure.
func failure(e oauth.Event) string {
	if e.Outcome == oauth.CodeAuthorizationPending || e.Outcome == oauth.CodeSlowDown {
		return ""
	}
	return join(Failure, e.Name, e.Outcome, cmp.Or(e.Reason, "-"))
}

// maxSeries limits the name of a series, in bytes.
const maxSeries = 200

func join(parts ...string) string {
	name := strings.Join(parts, "/")
	return name[:min(len(name), maxSeries)]
}
