package admin

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// issuerList declares the list of trusted issuers: what the JWTs of other servers are accepted
// for.
func (b *office) issuerList(r *request) (*list, error) {
	l := &list{
		section: "settings", path: "trusted-issuers", title: ui.Text{"admin.title.issuers"}, intro: ui.Text{"admin.issuer_list.intro"}, tabs: r.tabsOf("trusted-issuers"),
		search: ui.Text{"admin.issuer_list.issuer"}, export: account.SettingsRead, empty: ui.Text{"admin.issuer_list.empty"}, none: ui.Text{"admin.issuer_list.none"},
	}
	uses := func(t oauth.TrustedIssuer) string {
		var all []string
		for _, use := range t.Uses {
			all = append(all, string(use))
		}
		return strings.Join(all, ", ")
	}
	return inList(l, b.TrustedIssuers, []columnOf[oauth.TrustedIssuer]{
		{"issuer", ui.Text{"admin.issuer_list.issuer"}, "issuer", "wrap", func(t oauth.TrustedIssuer) listCell { return codeCell(t.Issuer) }},
		{"uses", ui.Text{"admin.issuer_list.uses"}, "", "p2", func(t oauth.TrustedIssuer) listCell { return codeCell(uses(t)) }},
		{"clients", ui.Text{"admin.common.applications"}, "", "p2", func(t oauth.TrustedIssuer) listCell {
			var cell listCell
			for _, id := range t.Clients {
				cell.Links = append(cell.Links, ui.Link{Text: ui.Plain(id), URL: b.path("applications", id)})
			}
			if len(t.Clients) == 0 {
				cell.Words = ui.Text{"admin.common.all"}
			}
			return cell
		}},
		{"scope", ui.Text{"admin.common.scope"}, "", "p3", func(t oauth.TrustedIssuer) listCell { return codeCell(t.Scopes.String()) }},
		{"algorithms", ui.Text{"admin.key_list.algorithm"}, "", "p3", func(t oauth.TrustedIssuer) listCell { return codeCell(strings.Join(t.Algorithms, ", ")) }},
		{"audience", ui.Text{"admin.issuer_list.audience"}, "", "p3", func(t oauth.TrustedIssuer) listCell { return codeCell(t.Audience.String()) }},
		{"jwks_uri", nil, "", "", func(t oauth.TrustedIssuer) listCell { return codeCell(t.JWKSURI) }},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p3", func(oauth.TrustedIssuer) listCell { return codeCell("trusted_issuers") }},
	}, func(t oauth.TrustedIssuer) string { return t.Issuer },
		map[string]order[oauth.TrustedIssuer]{"issuer": byText(func(t oauth.TrustedIssuer) string { return t.Issuer })},
		func(t oauth.TrustedIssuer) []string { return []string{t.Issuer} }, always), nil
}

// webhookList declares the list of webhooks, with their deliveries in the last 24 hours.
func (b *office) webhookList(r *request) (*list, error) {
	l := &list{
		section: "settings", path: "webhooks", title: ui.Text{"admin.title.webhooks"}, intro: ui.Text{"admin.webhook_list.intro"}, tabs: r.tabsOf("webhooks"),
		search: ui.Text{"admin.registration.name"}, export: account.SettingsRead, empty: ui.Text{"admin.webhook_list.empty"}, none: ui.Text{"admin.webhook_list.none"},
	}
	day, err := b.Counts.Chart(r.Context(), oauth.PerHour, 24)
	if err != nil {
		return nil, err
	}
	failures, err := b.lastFailures(r)
	if err != nil {
		return nil, err
	}
	sent := func(w oauth.Webhook, outcome string) int64 {
		return day.Sum(strings.Join([]string{counts.Webhook, outcome, w.Name}, "/"))
	}
	column := func(name string, text ui.Text, outcome string) columnOf[oauth.Webhook] {
		return columnOf[oauth.Webhook]{name, text, name, "p2", func(w oauth.Webhook) listCell {
			return listCell{Text: strconv.FormatInt(sent(w, outcome), 10)}
		}}
	}
	by := func(outcome string) order[oauth.Webhook] {
		return func(v, w oauth.Webhook) int { return cmp.Compare(sent(v, outcome), sent(w, outcome)) }
	}
	return inList(l, b.Webhooks, []columnOf[oauth.Webhook]{
		{"name", ui.Text{"admin.registration.name"}, "name", "", func(w oauth.Webhook) listCell { return codeCell(w.Name) }},
		{"url", ui.Text{"admin.webhook_list.url"}, "", "wrap", func(w oauth.Webhook) listCell { return codeCell(w.Address()) }},
		{"events", ui.Text{"admin.webhook_list.events"}, "", "p3", func(w oauth.Webhook) listCell {
			if len(w.Events) == 0 {
				return listCell{Words: ui.Text{"admin.common.all"}}
			}
			return codeCell(strings.Join(w.Events, ", "))
		}},
		column("delivered", ui.Text{"admin.webhook_list.delivered"}, oauth.OutcomeOK),
		column("retried", ui.Text{"admin.webhook_list.retried"}, oauth.OutcomeRetry),
		column("failed", ui.Text{"admin.webhook_list.failed"}, oauth.OutcomeFailed),
		column("dropped", ui.Text{"admin.webhook_list.dropped"}, oauth.OutcomeDropped),
		{"last_failure", ui.Text{"admin.webhook_list.last_failure"}, "last_failure", "", func(w oauth.Webhook) listCell { return timeCell(failures[w.Name].At) }},
		{"reason", ui.Text{"admin.webhook_list.reason"}, "", "wrap", func(w oauth.Webhook) listCell { return codeCell(failures[w.Name].Reason) }},
	}, func(w oauth.Webhook) string { return w.Name },
		map[string]order[oauth.Webhook]{
			"name":      byText(func(w oauth.Webhook) string { return w.Name }),
			"delivered": by(oauth.OutcomeOK), "retried": by(oauth.OutcomeRetry), "failed": by(oauth.OutcomeFailed), "dropped": by(oauth.OutcomeDropped),
			"last_failure": func(v, w oauth.Webhook) int { return failures[v.Name].At.Compare(failures[w.Name].At) },
		},
		func(w oauth.Webhook) []string { return []string{w.Name, w.URL} }, always), nil
}

// lastFailures returns the last failed delivery of each webhook, by name.
func (b *office) lastFailures(r *request) (map[string]oauth.WebhookFailure, error) {
	all, err := b.Store.WebhookFailures(r.Context())
	failures := make(map[string]oauth.WebhookFailure)
	for _, f := range all {
		failures[f.Webhook] = f
	}
	return failures, err
}
