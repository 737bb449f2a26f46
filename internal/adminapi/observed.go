package adminapi

import (
	"cmp"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// numbers holds the counts of events, by hour or by day.
type numbers struct {
	Step   string             `json:"step" enum:"hour,day" doc:"The length of each period."`
	Times  []time.Time        `json:"times" doc:"The beginnings of the periods, oldest first. The last one has not ended."`
	Series map[string][]int64 `json:"series" doc:"For each series, such as token/authorization_code, login/ok or failure/token/invalid_grant/-, a number for each of the times."`
}

// A webhook receives events, without its secrets.
type webhook struct {
	Name      string   `json:"name" doc:"The name in the configuration."`
	URL       string   `json:"url" doc:"Where the events are sent, without the query."`
	Events    []string `json:"events" doc:"The events that are sent; none means all."`
	Delivered int64    `json:"delivered" doc:"How many messages were delivered in the last 24 hours."`
	Retried   int64    `json:"retried" doc:"How many deliveries failed and are retried."`
	Failed    int64    `json:"failed" doc:"How many messages could not be delivered, and are not retried any more."`
	Dropped   int64    `json:"dropped" doc:"How many messages were dropped because too many waited."`
	// LastFailure is nil if no attempt has failed.
	LastFailure *webhookFailure `json:"last_failure,omitempty" doc:"The last attempt that failed, in the last 30 days."`
}

// A webhookFailure is the last failed attempt to deliver a message.
type webhookFailure struct {
	At     time.Time `json:"at" doc:"When the attempt failed."`
	Reason string    `json:"reason" doc:"Why, such as status 500 or connection refused."`
}

type webhookList struct {
	Data []webhook `json:"data" doc:"The webhooks, in the order of the configuration."`
}

// A trustedIssuer is a server whose JWTs are accepted.
type trustedIssuer struct {
	Issuer     string             `json:"issuer" doc:"The iss of the JWTs."`
	JWKSURI    string             `json:"jwks_uri,omitempty" doc:"Where it publishes its keys; missing if its metadata document contains this address."`
	Uses       []oauth.TrustedUse `json:"uses" doc:"What its JWTs are accepted for."`
	Algorithms []string           `json:"algorithms" doc:"The accepted signature algorithms; none means all."`
	Audience   []string           `json:"audience" doc:"The accepted values of aud; none means the issuer and the token endpoint of this server."`
	Clients    []string           `json:"clients" doc:"The applications that can present its JWTs; none means all."`
	Scope      string             `json:"scope,omitempty" doc:"The scopes that its JWTs can grant; missing means those of the application."`
}

type trustedIssuers struct {
	Data []trustedIssuer `json:"data" doc:"The trusted issuers, in the order of the configuration."`
}

// chartPeriods are the periods of the numbers, which are those of the start page.
var chartPeriods = map[string]struct {
	by   oauth.TallyPeriod
	n    int
	step string
}{
	"day": {oauth.PerHour, 24, "hour"}, "week": {oauth.PerDay, 7, "day"}, "month": {oauth.PerDay, 30, "day"},
}

// observed are the operations about what the server has done, and what is configured.
func (a *api) observed() []operation {
	return []operation{
		reads("server", "numbers", account.OverviewRead, "what the server has counted, for charts", a.getNumbers).says("Any scope of this API is enough.").
			with(parameter{name: "period", values: []string{"day", "week", "month"}, help: "The last day by hour (default), or the last week or month by day."}),
		a.findings(),
		reads("server", "webhooks", account.SettingsRead, "webhooks, with their deliveries in the last 24 hours", a.listWebhooks),
		reads("server", "trusted-issuers", account.SettingsRead, "other servers whose JWTs are accepted", a.listIssuers),
	}
}

func (a *api) getNumbers(c *call) (numbers, error) {
	p := chartPeriods[cmp.Or(c.get("period"), "day")]
	chart, err := a.Counts.Chart(c.Context(), p.by, p.n)
	if err != nil {
		return numbers{}, err
	}
	delete(chart.Series, oauth.TallyBackup) // is a time, and not a number
	return numbers{p.step, chart.Times, chart.Series}, nil
}

func (a *api) listWebhooks(c *call) (webhookList, error) {
	list := webhookList{Data: []webhook{}}
	day, err := a.Counts.Chart(c.Context(), oauth.PerHour, 24)
	if err != nil {
		return list, err
	}
	failures, err := a.Store.WebhookFailures(c.Context())
	if err != nil {
		return list, err
	}
	last := make(map[string]*webhookFailure)
	for _, f := range failures {
		last[f.Webhook] = &webhookFailure{f.At, f.Reason}
	}
	for _, w := range a.Webhooks {
		sent := func(outcome string) int64 {
			return day.Sum(strings.Join([]string{counts.Webhook, outcome, w.Name}, "/"))
		}
		list.Data = append(list.Data, webhook{
			w.Name, w.Address(), append([]string{}, w.Events...),
			sent(oauth.OutcomeOK), sent(oauth.OutcomeRetry), sent(oauth.OutcomeFailed), sent(oauth.OutcomeDropped), last[w.Name],
		})
	}
	return list, nil
}

func (a *api) listIssuers(*call) (trustedIssuers, error) {
	list := trustedIssuers{Data: []trustedIssuer{}}
	for _, t := range a.TrustedIssuers {
		list.Data = append(list.Data, trustedIssuer{
			t.Issuer, t.JWKSURI, append([]oauth.TrustedUse{}, t.Uses...), append([]string{}, t.Algorithms...), append([]string{}, t.Audience...), append([]string{}, t.Clients...), t.Scopes.String(),
		})
	}
	return list, nil
}
