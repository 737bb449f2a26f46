package admin_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestListsAreSearchedByTheNameOfAnApplication also searches for a part of the name, in lists whose
// rows only have its ID.
func TestListsAreSearchedByTheNameOfAnApplication(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Agent Smith" })
	other, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Agent Brown" })
	o.Tokens(c, secret, "ada", "read")
	o.post("applications/"+c.ID+"/switch/", map[string][]string{"to": {"paused"}, "confirmed": {"yes"}})
	o.post("applications/"+c.ID+"/switch/", map[string][]string{"to": {"enabled"}})
	failed, _ := o.rejects(c, "https://app.example/other")
	link := `/admin/applications/` + c.ID + `/"`
	for _, list := range []string{"problems/?q=", "audit/?q=", "consents/?q=", "attempts/?q=", "tokens/?q="} {
		for query, finds := range map[string]bool{"agent+sm": true, "SMITH": true, c.ID: true, "Jones": false} {
			page := o.open(list + query)
			_, rows, _ := strings.Cut(page.Body, "<tbody>")
			if strings.Contains(rows, link) != finds {
				t.Errorf("%s%s finds the application: %t: %s", list, query, !finds, page.Body)
			}
		}
	}
	for query, wants := range map[string]string{
		"audit/?q=agent":                    `href="?application=` + other.ID + `"><bdi>Agent Brown`, // several names
		"attempts/?q=" + failed:             link,
		"attempts/":                         `<option value="` + c.ID + `" translate="no">Agent Smith</option>`,
		"attempts/?application=" + other.ID: `<option value="` + other.ID + `" translate="no" selected>`,
		"problems/?q=wrong_redirect_uri":    link, // the reason
	} {
		if page := o.open(query); !strings.Contains(page.Body, wants) {
			t.Errorf("%s lacks %s: %s", query, wants, page.Body)
		}
	}
}
