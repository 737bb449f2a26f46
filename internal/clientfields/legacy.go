package clientfields

import (
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// endsSoon is how long before the end of an exception the warning is urgent.
const endsSoon = 30 * 24 * time.Hour

// An Exception is an exception of an application for a legacy feature, with the words
// in which pages describe it.
type Exception struct {
	oauth.LegacyException
	Ended bool // the exception has ended
	Soon  bool // the exception ends within 30 days
	// State is a few words about the end.
	State ui.Text
}

// Exceptions returns the exceptions of an application.
func Exceptions(c *oauth.Client, now time.Time) (all []Exception) {
	for _, e := range c.Legacy {
		left := e.EndsAt().Sub(now)
		x := Exception{LegacyException: e, Ended: left <= 0, Soon: left > 0 && left <= endsSoon}
		switch days := int((left - 1) / (24 * time.Hour)); {
		case x.Ended:
			x.State = ui.Text{"admin.exception.ended", "date", e.Until}
		case x.Soon && days == 0:
			x.State = ui.Text{"admin.exception.today", "date", e.Until}
		case x.Soon:
			x.State = ui.Text{"admin.exception.soon", "n", days, "date", e.Until}
		default:
			x.State = ui.Text{"admin.exception.until", "date", e.Until}
		}
		all = append(all, x)
	}
	return all
}

// legacyWarnings returns a warning about each exception.
func legacyWarnings(c *oauth.Client, now time.Time, add func(id, field string, short ui.Text, format string, args ...any)) {
	for _, e := range Exceptions(c, now) {
		switch {
		case e.Ended:
			add("LK042", "legacy_features", ui.Text{"admin.client_warning.legacy", "feature", e.Feature, "state", e.State}, "has an exception for the legacy feature %s that ended on %s. Requests with it are rejected. Remove the exception.", e.Feature, e.Until)
		case e.Soon:
			add("LK041", "legacy_features", ui.Text{"admin.client_warning.legacy", "feature", e.Feature, "state", e.State}, "uses the legacy feature %s under an exception that %s. Requests with it will then be rejected. Change the application before then.", e.Feature, e.State)
		default:
			add("LK040", "legacy_features", ui.Text{"admin.client_warning.legacy_insecure", "feature", e.Feature}, "can use the insecure legacy feature %s until %s.", e.Feature, e.Until)
		}
	}
}

// exceptionTexts returns exceptions as people enter them: feature=date.
func exceptionTexts(all []oauth.LegacyException) (texts []string) {
	for _, e := range all {
		texts = append(texts, e.Feature+"="+e.Until)
	}
	return texts
}

// parseExceptions parses exceptions that people entered.
func parseExceptions(texts []string) (all []oauth.LegacyException, err error) {
	for _, text := range texts {
		feature, until, found := strings.Cut(text, "=")
		if !found || feature == "" || until == "" {
			return nil, fault{ui.Text{"admin.fault.legacy"}}
		}
		all = append(all, oauth.LegacyException{Feature: feature, Until: until})
	}
	return all, nil
}
