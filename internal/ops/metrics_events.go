package ops

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// eventCounter declares how events of one name are counted. Every counter has
// the label outcome.
type eventCounter struct {
	event, name, help string
	// kind is the label for Event.Kind; empty means no label. kinds are its
	// usual values.
	kind  string
	kinds []string
	// reason adds a label for Event.Reason.
	reason bool
	// outcomes exist from the start, at zero: a series that appears with its
	// first event has no rate until the second.
	outcomes []string
}

func eventCounters() []eventCounter {
	ok := []string{oauth.OutcomeOK}
	return []eventCounter{
		{
			event: oauth.EventToken, name: "latchkey_token_requests_total", help: "Requests at the token endpoint by grant type, outcome and reason.",
			kind: "grant", kinds: provider.GrantTypes(), reason: true, outcomes: ok,
		},
		{
			event: oauth.EventReplay, name: "latchkey_replays_total", help: "Codes and refresh tokens that were used again: either the same answer was returned, or the whole family was revoked.",
			kind: "grant", kinds: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantDeviceCode}, outcomes: []string{oauth.OutcomeSameAnswer, oauth.OutcomeRevoked},
		},
		{
			event: oauth.EventAuthorization, name: "latchkey_authorizations_total", help: "Completed authorization requests by outcome and reason.",
			reason: true, outcomes: []string{oauth.OutcomeApproved, oauth.OutcomeDenied},
		},
		{
			event: oauth.EventLogin, name: "latchkey_logins_total", help: "Attempts to log in, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeWrongPassword, oauth.OutcomeSecondFactor, oauth.OutcomeWrongCode, oauth.OutcomeThrottled, oauth.OutcomeDenied},
		},
		{event: oauth.EventSignUp, name: "latchkey_sign_ups_total", help: "Attempts to create an account, by outcome.", outcomes: ok},
		{
			event: oauth.EventPasswordReset, name: "latchkey_password_resets_total", help: "Password reset links that were requested or used, by outcome.",
			outcomes: []string{oauth.OutcomeRequested, oauth.OutcomeOK},
		},
		{
			event: oauth.EventPasswordChange, name: "latchkey_password_changes_total", help: "Attempts to change a password on the account page, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeWrongPassword},
		},
		{event: oauth.EventProfileChange, name: "latchkey_profile_changes_total", help: "Attempts to change a profile, or to confirm or remove an email address, by outcome.", outcomes: ok},
		{
			event: oauth.EventConfirmation, name: "latchkey_confirmations_total", help: "Attempts of people who are logged in to confirm their identity, by factor and outcome.",
			kind: "factor", kinds: oauth.Factors(), outcomes: []string{oauth.OutcomeOK, oauth.OutcomeWrongPassword},
		},
		{
			event: oauth.EventFactorChange, name: "latchkey_factor_changes_total", help: "Changes of second factors, and recovery codes and codes by email that were used, by kind and outcome.",
			kind: "change", kinds: oauth.FactorChanges(), outcomes: ok,
		},
		{
			event: oauth.EventAccountDeletion, name: "latchkey_account_deletions_total", help: "Accounts that people deleted or kept, and attempts to do so, by kind and outcome.",
			kind: "kind", kinds: oauth.Deletions(), outcomes: ok,
		},
		{event: oauth.EventPushedRequest, name: "latchkey_pushed_requests_total", help: "Requests at the pushed authorization request endpoint by outcome and reason.", reason: true, outcomes: ok},
		{
			event: oauth.EventIntrospection, name: "latchkey_introspections_total", help: "Introspection requests by outcome and reason.",
			reason: true, outcomes: []string{oauth.OutcomeActive, oauth.OutcomeInactive},
		},
		{event: oauth.EventRevocation, name: "latchkey_revocations_total", help: "Revocations of tokens by applications and administrators, by outcome and reason.", reason: true, outcomes: []string{oauth.OutcomeOK, oauth.OutcomeInactive}},
		{event: oauth.EventRegistration, name: "latchkey_registrations_total", help: "Applications that registered themselves, by outcome and reason.", reason: true, outcomes: ok},
		{event: oauth.EventUserInfo, name: "latchkey_userinfo_requests_total", help: "Requests at the userinfo endpoint by outcome and reason.", reason: true, outcomes: ok},
		{event: oauth.EventWithdrawal, name: "latchkey_withdrawals_total", help: "Applications from which people withdrew their permission, by outcome.", outcomes: ok},
		{event: oauth.EventAdministration, name: "latchkey_administration_total", help: "Changes in the back office, with the admin API and by the host program, by action and outcome.", kind: "action", outcomes: ok},
		{event: oauth.EventOwnerChange, name: "latchkey_owner_changes_total", help: "Changes by people to applications that they own, by action and outcome.", kind: "action", outcomes: ok},
		{event: oauth.EventPermissionDenied, name: "latchkey_permission_denied_total", help: "Requests to the back office and the admin API without the required permission, by action and missing permission.", kind: "action", reason: true, outcomes: []string{oauth.OutcomeDenied}},
		{event: oauth.EventSessionEnd, name: "latchkey_session_ends_total", help: "Calls that ended login sessions, by outcome.", outcomes: ok},
		{
			event: oauth.EventLogoutNotice, name: "latchkey_logout_notices_total", help: "Attempts to notify an application of a logout, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeRetry, oauth.OutcomeFailed},
		},
		{
			event: oauth.EventWebhook, name: "latchkey_webhooks_total", help: "Attempts to deliver a message to a webhook, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeRetry, oauth.OutcomeFailed, oauth.OutcomeDropped},
		},
		{
			event: oauth.EventMail, name: "latchkey_mails_total", help: "Attempts to send an email, by outcome.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeRetry, oauth.OutcomeFailed},
		},
		{
			event: oauth.EventRejection, name: "latchkey_rejections_total", help: "Rejected requests that are listed in the back office, or were dropped because there were too many like them.",
			outcomes: []string{oauth.OutcomeOK, oauth.OutcomeDropped},
		},
		{event: oauth.EventKeyRotation, name: "latchkey_key_rotations_total", help: "Scheduled rotations of signing keys, by algorithm and outcome.", kind: "alg", kinds: oauth.SigningAlgorithms(), outcomes: ok},
	}
}

// vec returns the Prometheus counter with its labels.
func (c eventCounter) vec() *prometheus.CounterVec {
	labels := []string{"outcome"}
	if c.kind != "" {
		labels = append(labels, c.kind)
	}
	if c.reason {
		labels = append(labels, "reason")
	}
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: c.name, Help: c.help}, labels)
}

// counter returns the counter of vec for an event.
func (c eventCounter) counter(vec *prometheus.CounterVec, e oauth.Event) prometheus.Counter {
	labels := prometheus.Labels{"outcome": e.Outcome}
	if c.kind != "" {
		labels[c.kind] = e.Kind
	}
	if c.reason {
		labels["reason"] = e.Reason
	}
	return vec.With(labels)
}

// register registers the counter, with its usual series at zero, and returns
// the function that finds the counter of an event.
func (c eventCounter) register(r *prometheus.Registry) func(oauth.Event) prometheus.Counter {
	vec := c.vec()
	r.MustRegister(vec)
	kinds := c.kinds
	if kinds == nil {
		kinds = []string{""}
	}
	for _, kind := range kinds {
		for _, outcome := range c.outcomes {
			c.counter(vec, oauth.Event{Kind: kind, Outcome: outcome})
		}
	}
	return func(e oauth.Event) prometheus.Counter { return c.counter(vec, e) }
}
