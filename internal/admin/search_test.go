package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestSearchLeadsToPeopleApplicationsPagesAndActions(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Harbor Photos" })
	const id = "01a22694-e6db-7ad6-a7d0-0971d4fb48e9"
	for query, want := range map[string][]string{
		"":           {"/admin/applications/", "/admin/tokens/", "/admin/users/add/", `<kbd translate="no">g t</kbd>`},
		"AD":         {"/admin/users/" + ada.ID + "/", "/admin/tokens/?user=" + ada.ID, "/admin/applications/add/"},
		"harb":       {"/admin/applications/" + c.ID + "/", "/admin/problems/?application=" + c.ID, "/admin/tokens/?application=" + c.ID},
		"audit":      {"/admin/audit/"},
		"rotate":     {"/admin/keys/"},
		id:           {"/admin/tokens/find/?id=" + id},
		"k4x2t7cb2t": {"/admin/problems/?id=k4x2t7cb2t"},
		"zzz":        {"Nothing begins with this text"},
	} {
		page := o.open("search/?q=" + url.QueryEscape(query))
		_, results, _ := strings.Cut(page.Body, "data-results")
		for _, want := range want {
			if !strings.Contains(results, want) {
				t.Errorf("%q does not lead to %s: %s", query, want, results)
			}
		}
	}
}

// A token that was typed into a search is not repeated on a page or in a link.
func TestTokensInASearchAreNotRepeated(t *testing.T) {
	o := enter(t)
	token := "lk_at_" + strings.Repeat("x", 70)
	for _, path := range []string{"search/", "tokens/", "applications/", "users/"} {
		page := o.open(path + "?q=" + token)
		if strings.Contains(page.Body, token) || strings.Contains(page.Request.URL.String(), token) || !strings.Contains(page.Body, "must not be in an address") {
			t.Errorf("%s: %s %s", path, page.Request.URL, page.Body)
		}
	}
}
