package clientfields

import (
	"errors"
	"fmt"
	"strings"
	"time"

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
	State string
}

// Exceptions returns the exceptions of an application.
func Exceptions(c *oauth.Client, now time.Time) (all []Exception) {
	for _, e := range c.Legacy {
		left := e.EndsAt().Sub(now)
		x := Exception{LegacyException: e, Ended: left <= 0, Soon: left > 0 && left <= endsSoon}
		switch days := int((left - 1) / (24 * time.Hour)); {
		case x.Ended:
			x.State = "ended on " + e.Until
		case x.Soon && days == 0:
			x.State = "ends today, on " + e.Until
		case x.Soon:
			x.State = fmt.Sprintf("ends in %d days, on %s", days, e.Until)
		default:
			x.State = "until " + e.Until
		}
		all = append(all, x)
	}
	return all
}

// legacyWarnings returns a warning about each exception.
func legacyWarnings(c *oauth.Client, now time.Time, add func(id, field, short, format string, args ...any)) {
	for _, e := range Exceptions(c, now) {
		switch {
		case e.Ended:
			add("LK042", "legacy_features", e.Feature+" "+e.State, "has an exception for the legacy feature %s that ended on %s. Requests with it are rejected. Remove the exception.", e.Feature, e.Until)
		case e.Soon:
			add("LK041", "legacy_features", e.Feature+" "+e.State, "uses the legacy feature %s under an exception that %s. Requests with it will then be rejected. Change the application before then.", e.Feature, e.State)
		default:
			add("LK040", "legacy_features", e.Feature+" is insecure", "can use the insecure legacy feature %s until %s.", e.Feature, e.Until)
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
			return nil, errors.New("Enter a feature and a date, such as password=2027-03-31.")
		}
		all = append(all, oauth.LegacyException{Feature: feature, Until: until})
	}
	return all, nil
}
