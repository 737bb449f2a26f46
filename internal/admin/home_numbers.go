package admin

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A homePeriod is the period that the numbers of the start page cover.
type homePeriod struct {
	Name   string  // the parameter of the page
	Text   ui.Text // the time in words
	Active bool    // the page shows this one

	by oauth.TallyPeriod
	n  int
}

// periods returns the periods. The first one is the default.
func periods() []homePeriod {
	return []homePeriod{
		{Name: "day", Text: ui.Text{"admin.home.last_day"}, by: oauth.PerHour, n: 24},
		{Name: "week", Text: ui.Text{"admin.home.last_week"}, by: oauth.PerDay, n: 7},
		{Name: "month", Text: ui.Text{"admin.home.last_month"}, by: oauth.PerDay, n: 30},
	}
}

// A stat is a number that is shown large.
type stat struct {
	Label  ui.Text // the name of the number
	Value  ui.Text // the number
	Detail ui.Text // an explanation, such as a comparison
	Line   string  // the points of a line, or empty
}

// numbers are the numbers of the start page.
type numbers struct {
	Stats    []stat      // the most important numbers
	Chart    columnChart // logins, or issued tokens if people log in to a host program
	Failures []bar       // failed logins by reason
	Grants   []bar       // tokens by grant type
	Duration []bar       // token requests by the time until the response
}

// numbers returns the numbers of a period.
func (b *office) numbers(r *request, p homePeriod) (numbers, error) {
	// The period before it is read too, for the comparisons.
	all, err := b.Counts.Chart(r.Context(), p.by, 2*p.n)
	if err != nil {
		return numbers{}, err
	}
	before, c := all.Split()
	ok, failed := c.Add(counts.Login+"/"+oauth.OutcomeOK), failedLogins(c)
	tokens := c.AddBelow(counts.Token)
	_, _, slow := percentiles(c)
	n := numbers{
		Stats: []stat{
			{ui.Text{"admin.home.logins"}, number(sum(ok)), compared(sum(ok), before.Sum(counts.Login+"/"+oauth.OutcomeOK)), line(ok)},
			{ui.Text{"admin.home.failed_logins"}, number(sum(failed)), compared(sum(failed), sum(failedLogins(before))), line(failed)},
			{ui.Text{"admin.home.tokens"}, number(sum(tokens)), compared(sum(tokens), sum(before.AddBelow(counts.Token))), line(tokens)},
			slow,
		},
		Chart: columns("logins", ui.Text{"admin.home.logins_over_time"}, c.Times, p.by == oauth.PerHour, []chartSeries{{"s1", ui.Text{"admin.home.succeeded"}}, {"s4", ui.Text{"admin.home.failed"}}}, ok, failed),
	}
	if !b.OwnLogin { // the host program knows the logins
		n.Stats = n.Stats[2:]
		n.Chart = columns("tokens", ui.Text{"admin.home.tokens_over_time"}, c.Times, p.by == oauth.PerHour, []chartSeries{{"s1", ui.Text{"admin.home.tokens"}}}, tokens)
	}
	for _, grant := range c.Below(counts.Token) {
		n.Grants = append(n.Grants, bar{Code: grant, N: c.Sum(counts.Token + "/" + grant), Class: "s1"})
	}
	for _, outcome := range c.Below(counts.Login) {
		if outcome != oauth.OutcomeOK {
			n.Failures = append(n.Failures, bar{Text: loginOutcome(outcome), Code: outcome, N: c.Sum(counts.Login + "/" + outcome), Class: "s3"})
		}
	}
	if denied := c.Sum(counts.Decision + "/" + oauth.OutcomeDenied); denied > 0 {
		n.Failures = append(n.Failures, bar{Text: ui.Text{"admin.home.denied"}, N: denied, Class: "s0"})
	}
	failures, err := b.failureBars(r, c)
	if err != nil {
		return numbers{}, err
	}
	n.Failures = append(n.Failures, failures...)
	n.Failures, n.Grants, n.Duration = ranked(n.Failures, 8), ranked(n.Grants, 8), durations(c)
	return n, nil
}

// failureBars returns the bars of the requests that failed. A bar leads to the rejected requests, if they
// are still stored.
func (b *office) failureBars(r *request, c *counts.Chart) (bars []bar, err error) {
	for _, series := range c.Below(counts.Failure) {
		bars = addFailure(bars, failureBar(series), c.Sum(counts.Failure+"/"+series))
	}
	if len(bars) == 0 || !r.me.Roles.Allow(account.ErrorsRead) {
		return bars, nil
	}
	rejected, err := r.problems().shown("", "all")
	for i := range bars {
		q := url.Values{"show": {"all"}, "failure": {strings.Join(bars[i].failures, ",")}, "from": {c.Times[0].UTC().Format(time.DateOnly)}}
		if len(selectProblems(rejected, q, nil)) > 0 {
			bars[i].URL = b.path("problems") + "?" + q.Encode()
		}
	}
	return bars, err
}

// failureBar returns the bar of a series of failures, whose name has the event, the error code and the
// reason.
func failureBar(series string) bar {
	parts := append(strings.SplitN(series, "/", 3), "", "")
	code, reason := parts[1], strings.TrimSuffix(parts[2], "-")
	return bar{Text: reasonText(code, reason), Code: strings.TrimSuffix(strings.ReplaceAll(series, "/", " "), " -"), Class: "s4", failures: []string{code + "/" + cmp.Or(reason, "-")}}
}

// addFailure adds a number to the bar with the same text, or adds the bar.
func addFailure(bars []bar, one bar, n int64) []bar {
	for i := range bars {
		if one.Text != nil && bars[i].Text.String() == one.Text.String() {
			bars[i].N += n
			bars[i].failures = append(bars[i].failures, one.failures...)
			return bars
		}
	}
	one.N = n
	return append(bars, one)
}

func failedLogins(c *counts.Chart) []int64 {
	var series []string
	for _, outcome := range c.Below(counts.Login) {
		if outcome != oauth.OutcomeOK {
			series = append(series, counts.Login+"/"+outcome)
		}
	}
	return c.Add(series...)
}

// failureOf returns why an event failed, or nil for an outcome without a text. OutcomeDenied and OutcomeInvalid
// have other meanings in events that are not logins.
func failureOf(event, outcome string) ui.Text {
	if event != oauth.EventLogin && (outcome == oauth.OutcomeDenied || outcome == oauth.OutcomeInvalid) {
		return nil
	}
	return loginOutcome(outcome)
}

// loginOutcome returns why a login failed, or nil for a code of the protocol.
func loginOutcome(outcome string) ui.Text {
	switch outcome {
	case oauth.OutcomeWrongPassword:
		return ui.Text{"admin.home.wrong_password"}
	case oauth.OutcomeWrongCode:
		return ui.Text{"admin.home.wrong_code"}
	case oauth.OutcomeThrottled:
		return ui.Text{"admin.home.throttled"}
	case oauth.OutcomeDenied:
		return ui.Text{"admin.home.login_denied"}
	case oauth.OutcomeInvalid:
		return ui.Text{"admin.home.login_invalid"}
	}
	return nil
}

func sum(list []int64) (sum int64) {
	for _, n := range list {
		sum += n
	}
	return sum
}

func number(n int64) ui.Text { return ui.Text{"admin.home.number", "n", int(n)} }

// compared compares a number with that of the period before.
func compared(n, before int64) ui.Text {
	switch {
	case before == 0:
		return ui.Text{"admin.home.none_before"}
	case n == before:
		return ui.Text{"admin.home.as_before"}
	case n > before:
		return ui.Text{"admin.home.more", "n", int(100 * (n - before) / before)}
	}
	return ui.Text{"admin.home.fewer", "n", int(100 * (before - n) / before)}
}

// milliseconds returns a duration in words.
func milliseconds(d time.Duration) ui.Text {
	if d < time.Second {
		return ui.Text{"admin.home.milliseconds", "n", int(d.Milliseconds())}
	}
	return ui.DurationText(d)
}

// durations returns how long token requests took.
func durations(c *counts.Chart) (bars []bar) {
	var most int64
	names := make([]string, 0, len(counts.LatencyBounds())+1)
	for _, bound := range counts.LatencyBounds() {
		names = append(names, bound.String())
		bars = append(bars, bar{Text: ui.Text{"admin.home.up_to", "time", milliseconds(bound)}, Class: "s2"})
	}
	names = append(names, counts.Slower)
	bars = append(bars, bar{Text: ui.Text{"admin.home.slower"}, Class: "s4"})
	for i := range bars {
		bars[i].N = c.Sum(counts.Latency + "/" + names[i])
		most = max(most, bars[i].N)
	}
	for len(bars) > 0 && bars[len(bars)-1].N == 0 {
		bars = bars[:len(bars)-1]
	}
	for i := range bars {
		bars[i].Width = int(100 * bars[i].N / max(1, most))
	}
	return bars
}

// percentiles returns the durations within which half and 99% of the token requests were
// answered, and these numbers in words.
func percentiles(c *counts.Chart) (half, most time.Duration, s stat) {
	s = stat{Label: ui.Text{"admin.home.token_response"}, Value: ui.Plain(ui.NoValue), Detail: ui.Text{"admin.home.no_tokens"}}
	total := sum(c.AddBelow(counts.Latency))
	if total == 0 {
		return 0, 0, s
	}
	var below int64
	for _, bound := range counts.LatencyBounds() {
		below += c.Sum(counts.Latency + "/" + bound.String())
		if half == 0 && 2*below >= total {
			half = bound
		}
		if most == 0 && 100*below >= 99*total {
			most = bound
		}
	}
	s.Value = ui.Text{"admin.home.slower"}
	if most > 0 {
		s.Value = ui.Text{"admin.home.up_to", "time", milliseconds(most)}
	}
	s.Detail = ui.Text{"admin.home.percentile"}
	if half > 0 {
		s.Detail = ui.Text{"admin.home.percentiles", "time", milliseconds(half)}
	}
	return half, most, s
}
