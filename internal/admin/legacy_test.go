package admin_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestTheBackOfficeListsEveryException(t *testing.T) {
	o := enter(t)
	if body := o.open("").Body; strings.Contains(body, "Legacy features") {
		t.Error("the start page lists exceptions although no application has one")
	}
	client, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Name = "Old <app>"
		c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "9999-12-31"}, {Feature: oauth.LegacyImplicit, Until: "2020-12-31"}}
	})
	for path, wanted := range map[string][]string{
		"":                                     {"Old &lt;app&gt;", "<code>password</code> until 9999-12-31", `<span class="badge off">ended on 2020-12-31</span>`},
		"applications/":                        {`<span class="badge warn">legacy features</span>`},
		"applications/" + client.ID + "/":      {"password=9999-12-31", "password is insecure", "implicit ended on 2020-12-31"},
		"applications/" + client.ID + "/edit/": {"password=9999-12-31\nimplicit=2020-12-31</textarea>"},
	} {
		body := o.open(path).Body
		for _, want := range wanted {
			if !strings.Contains(body, want) {
				t.Errorf("%q is missing at %q in\n%s", want, path, body)
			}
		}
	}
}
