package main

import (
	"context"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// metrics are what is counted. docs/how-to/observe.md says what each means.
type metrics struct {
	registry *prometheus.Registry
	requests series[answered, prometheus.Observer]
	events   series[oauth.Event, prometheus.Counter]
}

// answered is what tells requests apart.
type answered struct {
	route, method string
	status        int
}

// tally is how events of one name are counted: by outcome, and more.
type tally struct {
	event, name, help string
	// kind is the label of Event.Kind, and kinds its usual values; may be empty.
	kind  string
	kinds []string
	// reason tells that Event.Reason is a label.
	reason bool
	// outcomes are there from the start, at zero: what appears with its first
	// event has no rate until the second.
	outcomes []string
}

func tallies() []tally {
	ok := []string{oauth.OutcomeOK}
	return []tally{
		{
			event: oauth.EventToken, name: "latchkey_token_requests_total", help: "Requests at the token endpoint by grant type, outcome and reason.",
			kind: "grant", kinds: provider.GrantTypes(), reason: true, outcomes: ok,
		},
		{
			event: oauth.EventReplay, name: "latchkey_replays_total", help: "Codes and refresh tokens used again: the same answer was given again, or all that descends from it ended.",
			kind: "grant", kinds: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}, outcomes: []string{oauth.OutcomeSameAnswer, oauth.OutcomeEnded},
		},
		{
			event: oauth.EventAuthorization, name: "latchkey_authorizations_total", help: "Authorization requests that came to their end, by outcome and reason.",
			reason: true, outcomes: []string{oauth.OutcomeApproved, oauth.OutcomeDenied},
		},
		{
			event: oauth.EventLogin, name: "latchkey_logins_total", help: "Attempts to log in with a password, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeWrongPassword, oauth.OutcomeBraked},
		},
		{event: oauth.EventSignUp, name: "latchkey_sign_ups_total", help: "Attempts to make an account, by outcome.", outcomes: ok},
		{
			event: oauth.EventPasswordReset, name: "latchkey_password_resets_total", help: "Links for a new password that were asked for or used, by outcome.",
			outcomes: []string{oauth.OutcomeAsked, oauth.OutcomeOK},
		},
		{
			event: oauth.EventIntrospection, name: "latchkey_introspections_total", help: "Introspections by outcome and reason.",
			reason: true, outcomes: []string{oauth.OutcomeActive, oauth.OutcomeInactive},
		},
		{event: oauth.EventRevocation, name: "latchkey_revocations_total", help: "Requests at the revocation endpoint by outcome and reason.", reason: true, outcomes: ok},
		{event: oauth.EventUserInfo, name: "latchkey_userinfo_requests_total", help: "Tokens shown at the userinfo endpoint by outcome and reason.", reason: true, outcomes: ok},
		{event: oauth.EventSessionEnd, name: "latchkey_session_ends_total", help: "Times that login sessions were ended, by outcome.", outcomes: ok},
		{
			event: oauth.EventLogoutNotice, name: "latchkey_logout_notices_total", help: "Attempts to tell an application of a log-out, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeLater, oauth.OutcomeGivenUp},
		},
		{event: oauth.EventKeyRotation, name: "latchkey_key_rotations_total", help: "Signing keys that rotated by themselves, by algorithm and outcome.", kind: "alg", kinds: oauth.SigningAlgorithms(), outcomes: ok},
	}
}

// counter makes the counter of an event.
func (t tally) counter(vec *prometheus.CounterVec, e oauth.Event) prometheus.Counter {
	labels := prometheus.Labels{"outcome": e.Outcome}
	if t.kind != "" {
		labels[t.kind] = e.Kind
	}
	if t.reason {
		labels["reason"] = e.Reason
	}
	return vec.With(labels)
}

func (t tally) vec() *prometheus.CounterVec {
	labels := []string{"outcome"}
	if t.kind != "" {
		labels = append(labels, t.kind)
	}
	if t.reason {
		labels = append(labels, "reason")
	}
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: t.name, Help: t.help}, labels)
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "latchkey_http_request_duration_seconds", Help: "Requests by route, method and status, and how long they took.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})
	m.registry.MustRegister(
		requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "latchkey_build_info", Help: "1; the version is a label.", ConstLabels: prometheus.Labels{"version": buildVersion()},
		}, func() float64 { return 1 }),
	)
	m.requests.make = func(a answered) prometheus.Observer {
		return requests.WithLabelValues(a.route, a.method, strconv.Itoa(a.status))
	}
	counters := make(map[string]func(oauth.Event) prometheus.Counter)
	for _, t := range tallies() {
		vec := t.vec()
		m.registry.MustRegister(vec)
		counters[t.event] = func(e oauth.Event) prometheus.Counter { return t.counter(vec, e) }
		if t.kinds == nil {
			t.kinds = []string{""}
		}
		for _, kind := range t.kinds {
			for _, outcome := range t.outcomes {
				t.counter(vec, oauth.Event{Kind: kind, Outcome: outcome})
			}
		}
	}
	m.events.make = func(e oauth.Event) prometheus.Counter { return counters[e.Name](e) }
	return m
}

// event and request take what the server tells.
func (m *metrics) event(_ context.Context, e oauth.Event) { m.events.of(e).Inc() }

func (m *metrics) request(_ context.Context, r latchkey.Request) {
	m.requests.of(answered{r.Route, r.Method, r.Status}).Observe(r.Took.Seconds())
}

// series are those of a metric by what tells them apart. To look one up here
// costs neither the hashing of labels nor an allocation.
type series[K comparable, S any] struct {
	make  func(K) S
	mu    sync.RWMutex
	known map[K]S
}

func (s *series[K, S]) of(key K) S {
	s.mu.RLock()
	one, known := s.known[key]
	s.mu.RUnlock()
	if known {
		return one
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = make(map[K]S)
	}
	s.known[key] = s.make(key)
	return s.known[key]
}
