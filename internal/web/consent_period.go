package web

import (
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A consentPeriod is a choice of how long a permission lasts.
type consentPeriod struct {
	Value    string  // the value of the field "period"
	Text     ui.Text // the text of the choice
	Selected bool    // the choice is selected
}

// periods returns the choices for a permission that lasts for total without a choice, or
// nil if all of them are longer. The first choice is selected, and for an agent, that of a
// day. answer is a submitted form, or nil.
func periods(c *oauth.Client, total time.Duration, answer url.Values) (choices []consentPeriod) {
	selected := provider.PeriodUnlimited
	if c.Agent {
		selected = provider.PeriodDay
	}
	if answer != nil {
		selected = provider.Period(answer.Get("period"))
	}
	for _, p := range []provider.Period{provider.PeriodUnlimited, provider.PeriodMonth, provider.PeriodDay, provider.PeriodOnce} {
		if p.Duration() >= total {
			continue
		}
		text := ui.DurationText(p.Duration())
		switch p {
		case provider.PeriodUnlimited:
			text = ui.Text{"consent.period_unlimited"}
		case provider.PeriodOnce:
			text = ui.Text{"consent.period_once", "duration", text}
		}
		choices = append(choices, consentPeriod{string(p), text, p == selected})
	}
	if len(choices) == 1 {
		return nil
	}
	return choices
}
