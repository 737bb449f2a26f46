package clientfields_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestExceptionsAreWarnedAboutThirtyDaysBeforeTheirEnd(t *testing.T) {
	c := &oauth.Client{Legacy: []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2027-03-31"}}}
	for at, want := range map[string]string{
		"2027-03-01T23:59:59Z": "LK040 can use the insecure legacy feature password until 2027-03-31.",
		"2027-03-02T00:00:00Z": "LK041 uses the legacy feature password under an exception that ends in 29 days, on 2027-03-31.",
		"2027-03-31T23:59:59Z": "LK041 uses the legacy feature password under an exception that ends today, on 2027-03-31.",
		"2027-04-01T00:00:00Z": "LK042 has an exception for the legacy feature password that ended on 2027-03-31.",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		all := clientfields.Warnings(c, now)
		if len(all) != 1 || !strings.HasPrefix(all[0].ID+" "+all[0].Text, want) {
			t.Errorf("at %s: got %+v, want %s", at, all, want)
		}
	}
}

func TestExceptionsThatPeopleEnter(t *testing.T) {
	f := field(t, "legacy_features")
	for text, want := range map[string]string{
		"password=2027-03-31\npkce_plain=2027-04-01": "password=2027-03-31|pkce_plain=2027-04-01",
		"": "", "password": "an error", "password=": "an error", "=2027-03-31": "an error",
	} {
		c, got := new(oauth.Client), ""
		if err := f.Set(c, []string{text}); err != nil {
			got = "an error"
		} else {
			got = strings.Join(f.Get(c), "|")
		}
		if got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
