package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// reviewProvider shows the changes of a form that can lock people out. It reports false if there are none, or an
// administrator has seen them. A page cannot contain the client secret, so the review has a field for it.
func (b *office) reviewProvider(r *request, before, s upstream.Settings) (shown bool, err error) {
	changes := lockingProviderChanges(before, s)
	if len(changes) == 0 || r.PostForm.Get("confirmed") == "yes" {
		return false, nil
	}
	people, err := b.Providers.People(r.Context(), before)
	if err != nil {
		return false, err
	}
	r.render(http.StatusOK, "review", ui.Text{"admin.title.review", "name", before.Button()}, providersPath, review{
		Section: providersPath, ID: before.Name, Heading: ui.Text{"admin.client_review.heading", "app", isolated(before.Button())},
		Explanation: ui.Text{"admin.provider_review.explanation", "people", ui.Text{"admin.provider_people.sentence", "connected", connectedText(people), "locked", lockedText(people)}},
		Changes:     changes, Fields: ui.KeptFields(r.PostForm), Secret: s.ClientSecret != "",
	})
	return true, nil
}

// lockingProviderChanges returns the changes of a login provider after which people can no longer log in with it.
func lockingProviderChanges(before, s upstream.Settings) (changes []reviewedChange) {
	fields := upstream.Fields()
	for _, g := range providerGroups() {
		for _, shown := range g.Fields {
			field := fields[slices.IndexFunc(fields, func(f upstream.Field) bool { return f.Name == shown.Name })]
			was, is := field.Text(before), field.Text(s)
			if effect := lockingEffect(before, s, field.Name); was != is && effect != nil {
				changes = append(changes, reviewedChange{shown.Label, effect, field.Name, valueLines(was), valueLines(is), defaultOf(field)})
			}
		}
	}
	return changes
}

// lockingEffect returns how a changed setting locks people out, or nil if it does not.
func lockingEffect(before, s upstream.Settings, name string) ui.Text {
	switch name {
	case "type", "issuer", "base_dn":
		if before.IdentityIssuer() != s.IdentityIssuer() {
			return ui.Text{"admin.provider_review.issuer"}
		}
	case "id_attribute":
		return ui.Text{"admin.provider_review.id_attribute"}
	case "sign_up":
		if !s.TakesInvitations() {
			return ui.Text{"admin.provider_review.sign_up"}
		}
	case "email_domains":
		if narrows(before.EmailDomains, s.EmailDomains) {
			return ui.Text{"admin.provider_review.email_domains"}
		}
	case "groups":
		if narrows(before.Groups, s.Groups) {
			return ui.Text{"admin.provider_review.groups"}
		}
	case "tenants":
		if narrows(before.Tenants, s.Tenants) {
			return ui.Text{"admin.provider_review.tenants"}
		}
	case "disabled":
		if s.Disabled {
			return ui.Text{"admin.ask.provider_disable_text"}
		}
	}
	return nil
}

// narrows reports whether a list allows less after a change. An empty list allows everything.
func narrows(before, after []string) bool {
	return len(after) > 0 && (len(before) == 0 || slices.ContainsFunc(before, func(v string) bool { return !slices.Contains(after, v) }))
}

// valueLines returns the lines of a value, or nil if it is empty.
func valueLines(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, "\n")
}

// defaultOf returns what an empty value of a setting means, or nil.
func defaultOf(f upstream.Field) ui.Text {
	if f.IsSwitch() {
		return ui.Text{"admin.value.no"}
	}
	return nil
}
