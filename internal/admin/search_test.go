package admin_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestSearchLeadsToPeopleApplicationsPagesAndActions(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "acme", Issuer: "https://acme.example", ClientID: "c"}}
	})
	ada := o.AddUser("ada", false)
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keyID := keys[0].ID[:8]
	o.post("invitations/", url.Values{"note": {"new2@example.com"}, "days": {"1"}})
	session := submatch(t, o.open("sessions/").Body, `name="session" value="([^"]+)"`)
	old, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Long gone" })
	if err := o.Store.DiscardClient(t.Context(), old.ID, 0, o.Now()); err != nil {
		t.Fatal(err)
	}
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Harbor Photos" })
	const id = "01a22694-e6db-7ad6-a7d0-0971d4fb48e9"
	for query, want := range map[string][]string{
		"":           {"/admin/applications/", "/admin/tokens/", "/admin/users/add/", `<kbd translate="no">g t</kbd>`},
		"AD":         {"/admin/users/" + ada.ID + "/", "/admin/tokens/?user=" + ada.ID, "/admin/applications/add/", "/admin/users/" + ada.ID + "/#switch"},
		"harb":       {"/admin/applications/" + c.ID + "/", "/admin/problems/?application=" + c.ID, "/admin/tokens/?application=" + c.ID, "/admin/applications/" + c.ID + "/edit/", "/admin/applications/" + c.ID + "/#secrets", "/admin/applications/" + c.ID + "/delete/"},
		"hotos":      {"/admin/applications/" + c.ID + "/"},
		"audit":      {"/admin/audit/"},
		"openid":     {"/admin/scopes/?q=openid"},
		keyID:        {"/admin/keys/"},
		"ACME":       {"/admin/login-providers/acme/"},
		"new2@ex":    {"/admin/invitations/?q=new2%40example.com"},
		"code_ttl":   {"/admin/settings/?q=code_ttl"},
		session:      {"/admin/sessions/?user=", "Session …"},
		"gone":       {"/admin/applications/deleted/"},
		"rotate":     {"/admin/keys/"},
		"revoke":     {"/admin/tokens/"},
		id:           {"/admin/tokens/find/?id=" + id},
		"k4x2t7cb2t": {"/admin/problems/?id=k4x2t7cb2t"},
		"zzz":        {"Nothing has this text in its name"},
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

// TestEveryPageIsFoundByItsTitle: all pages without an ID in their path.
func TestEveryPageIsFoundByItsTitle(t *testing.T) {
	o := enter(t)
	for _, pattern := range admin.Patterns() {
		path, page := strings.CutPrefix(strings.TrimSuffix(pattern, "{$}"), "GET /")
		if !page || strings.Contains(path, "{") || strings.Contains(path, "export/") || path == "search/" || path == "tokens/find/" {
			continue
		}
		title := html.UnescapeString(submatch(t, o.open(path).Body, `<title>(.*?)(?: · [^<]*)?</title>`))
		found := o.open("search/?q=" + url.QueryEscape(title))
		if _, results, _ := strings.Cut(found.Body, "data-results"); !strings.Contains(results, `href="/admin/`+path+`"`) {
			t.Errorf("%q does not lead to /%s", title, path)
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
