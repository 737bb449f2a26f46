package admin

import (
	"html/template"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// faultText returns the message of a fault in the language of the administrator, or, if
// the fault has no Code, in English. Short names replace the URNs of grant types.
func faultText(fault validate.FieldError) ui.Text {
	if fault.Code == "" {
		return ui.Plain(fault.Message)
	}
	text := ui.Text{"fault." + fault.Code}
	for _, value := range fault.Values {
		switch of := value.(type) {
		case validate.FieldError:
			value = faultText(of)
		case string:
			value = clientfields.WithNames(of)
		}
		text = append(text, value)
	}
	return text
}

// amount returns a number for a text whose placeholder is {n}.
func amount(n oauth.Count) any {
	switch {
	case n.More && n.N >= oauth.MostCounted:
		return ui.Text{"admin.count.more_than", "n", oauth.MostCounted}
	case n.More:
		return ui.Text{"admin.count.at_least", "n", n.N}
	}
	return n.N
}

// important emphasizes a text inside of another one.
func important(text template.HTML) template.HTML { return "<strong>" + text + "</strong>" }

// ticketState returns the state of a ticket in words.
func ticketState(t oauth.Ticket) ui.Text {
	switch provider.TicketState(t) {
	case "used":
		return ui.Text{"admin.ticket_state.used"}
	case "denied":
		return ui.Text{"admin.ticket_state.denied"}
	case "approved":
		return ui.Text{"admin.ticket_state.approved"}
	}
	return ui.Text{"admin.ticket_state.waiting"}
}

// keyState returns the state of a signing key in words.
func keyState(s oauth.KeyState) ui.Text {
	switch s {
	case oauth.KeyPublished:
		return ui.Text{"admin.key_state.published"}
	case oauth.KeyActive:
		return ui.Text{"admin.key_state.active"}
	case oauth.KeyRetired:
		return ui.Text{"admin.key_state.retired"}
	}
	return ui.Text{"admin.key_state.expired"}
}

// providerStep returns a step of the test of a login provider in words.
func providerStep(name string) ui.Text {
	switch name {
	case upstream.StepMetadata:
		return ui.Text{"admin.provider.step.metadata"}
	case upstream.StepKeys:
		return ui.Text{"admin.provider.step.keys"}
	case upstream.StepRedirectURI:
		return ui.Text{"admin.provider.step.redirect_uri"}
	case upstream.StepSecret:
		return ui.Text{"admin.provider.step.secret"}
	case upstream.StepBind:
		return ui.Text{"admin.provider.step.bind"}
	case upstream.StepSearch:
		return ui.Text{"admin.provider.step.search"}
	}
	return ui.Text{"admin.provider.step.rules"}
}

// kbd shows a key inside of another text.
func kbd(key string) template.HTML {
	return `<kbd translate="no">` + template.HTML(template.HTMLEscapeString(key)) + "</kbd>"
} //nolint:gosec // escaped
