package admin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestThePosturePageShowsWhichRulesAreKept, the exceptions with their ends, and the findings.
func TestThePosturePageShowsWhichRulesAreKept(t *testing.T) {
	calls := 0
	o := enter(t, func(o *latchkey.Options) {
		o.RequirePushedRequests, o.ReplayWindow = true, 2*time.Minute
		o.Findings = func(context.Context) ([]latchkey.Finding, error) {
			calls++
			return []latchkey.Finding{{ID: "LK007", Text: "a warning <b>"}, {ID: "LK006", Error: true, Text: "an error"}}, nil
		}
	})
	const except = `Not met by 1 application<`
	body := o.open("posture/").Body
	contains(t, body, `badge dot warn">OAuth 2.1, with exceptions<`, "No application has an exception", "LK007", "a warning &lt;b&gt;", "gets the same tokens", "/admin/settings/?q=issuer_audience_only")
	if strings.Contains(body, except) || strings.Index(body, "LK006") > strings.Index(body, "LK007") {
		t.Errorf("without applications:\n%s", body)
	}
	for rule, want := range map[string]string{"pushed first": "Met", "accepted only for the issuer": "Not met", "reuse revokes them": "Not met", "bound to a key": "Not supported"} {
		_, after, _ := strings.Cut(body, rule)
		if state := submatch(t, after, `<span class="badge (?:ok|off|warn)">([^<]+)<`); state != want {
			t.Errorf("%s: %s, want %s", rule, state, want)
		}
	}
	until := o.Now().AddDate(0, 0, 5).Format(time.DateOnly)
	o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name, c.Legacy = "Old <app>", []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: until}}
	})
	body = o.open("posture/").Body
	contains(t, body, `badge dot warn">OAuth 2.1, with exceptions<`, "Old &lt;app&gt;", until, "<code>password</code>", except)
	if calls != 1 {
		t.Errorf("the findings were computed %d times within a minute", calls)
	}
}

// TestThePosturePageCountsOnlyApplicationsThatCanUseTheirExceptions, and each of them once.
func TestThePosturePageCountsOnlyApplicationsThatCanUseTheirExceptions(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.ReplayWindow = time.Minute })
	add := func(feature string, days int, change func(*oauth.Client)) {
		o.AddInvalidClient("https://app.example/cb", func(c *oauth.Client) {
			c.Legacy = []oauth.LegacyException{{Feature: feature, Until: o.Now().AddDate(0, 0, days).Format(time.DateOnly)}}
			change(c)
		})
	}
	add(oauth.LegacyPassword, -5, func(*oauth.Client) {})
	add(oauth.LegacyPassword, 5, func(c *oauth.Client) { c.Disabled = true })
	contains(t, o.open("posture/").Body, `badge dot ok">OAuth 2.1<`)
	add(oauth.LegacyPlainPKCE, 5, func(c *oauth.Client) { c.CodeWithoutPKCE = true })
	body := o.open("posture/").Body
	_, after, _ := strings.Cut(body, "protected by PKCE")
	if state := submatch(t, after, `<span class="badge (?:ok|off|warn)">([^<]+)<`); state != "Not met by 1 application" {
		t.Errorf("PKCE: %s", state)
	}
	contains(t, body, `badge dot warn">OAuth 2.1, with exceptions<`)
}

// TestThePosturePageDoesNotHideThatACheckFailed: an error is not "no problems".
func TestThePosturePageDoesNotHideThatACheckFailed(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.Findings = func(context.Context) ([]latchkey.Finding, error) { return nil, errors.New("x") }
	})
	if page := o.open("posture/"); page.StatusCode != 500 {
		t.Errorf("got %s", page.Status)
	}
	contains(t, enter(t).open("posture/").Body, "does not report findings")
}
