package web

import (
	"net/url"
	"slices"
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

// chosenPeriod returns the period in a form, and whether there is one with that name. Without
// the field, as in a page of a host that lacks it, it is the choice that is selected at first.
func chosenPeriod(c *oauth.Client, form url.Values) (p provider.Period, known bool) {
	if form.Has("period") {
		p = provider.Period(form.Get("period"))
		return p, slices.Contains(provider.Periods(), p)
	}
	if c.Agent {
		return provider.PeriodDay, true
	}
	return provider.PeriodUnlimited, true
}

// periods returns the choices for a permission that lasts for total without a choice, or
// nil if all of them are longer. The choice of the person's last decision is selected, if it
// was limited. Otherwise, it is the first one, and for an agent, that of a
// day. answer is a submitted form, or nil.
func periods(c *oauth.Client, total time.Duration, answer url.Values, last provider.Period) (choices []consentPeriod) {
	selected, _ := chosenPeriod(c, answer)
	if !answer.Has("period") && last != provider.PeriodUnlimited {
		selected = last
	}
	for _, p := range provider.Periods() {
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
