package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
)

// A person who has registered an application gets the same settings and examples as an
// administrator. Only the answer to the form contains the secret.
func TestDevelopersGetTheSettingsAndExamplesOfTheirApplication(t *testing.T) {
	d := develop(t, func(o *latchkey.Options) {
		o.DeveloperKinds, o.DeveloperScopes = []string{"web", "machine", "device"}, []string{"openid", "read"}
	})
	for kind, form := range map[string]url.Values{
		"web":     {"redirect_uris": {"https://shop.example/cb"}, "scope": {"openid"}},
		"machine": {"scope": {"read"}},
		"device":  {"scope": {"openid"}},
	} {
		form.Set("kind", kind)
		form.Set("client_name", "The "+kind)
		status, ready := d.post("add/", form)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", kind, status, ready)
		}
		secret := ""
		if found := regexp.MustCompile(`id="client_secret" value="([^"]+)"`).FindStringSubmatch(ready); found != nil {
			secret = found[1]
		}
		if (secret == "") != (kind == "device") {
			t.Fatalf("%s: the secret is %q", kind, secret)
		}
		id := regexp.MustCompile(`id="client_id" value="([^"]+)"`).FindStringSubmatch(ready)[1]
		later := d.get(id + "/").Body
		if secret != "" && strings.Contains(later, secret) {
			t.Errorf("%s: the secret is shown again", kind)
		}
		for page, secret := range map[string]string{ready: secret, later: ""} {
			shown := clientfields.NewConnection(d.Issuer, d.stored(id), clientfields.AccountClaims, secret)
			if len(shown.Settings) < 5 || len(shown.Snippets) == 0 {
				t.Fatalf("%s: got %+v", kind, shown)
			}
			page = html.UnescapeString(page)
			for _, s := range shown.Settings {
				if !strings.Contains(page, "<dt>"+s.Label.String()+"</dt>") || !strings.Contains(page, s.Value.String()) {
					t.Errorf("%s: %s %s is missing in %s", kind, s.Label, s.Value, page)
				}
			}
			for _, s := range shown.Snippets {
				if !strings.Contains(page, s.Library) || !strings.Contains(page, s.Text) {
					t.Errorf("%s: the example for %s is missing in %s", kind, s.Library, page)
				}
			}
		}
	}
}
