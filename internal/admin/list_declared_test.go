package admin_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// The position of a page is in the URL, because a list is not read from its beginning.
func TestListsShowThePositionAndTheNumberOfRows(t *testing.T) {
	o := enter(t)
	for i := range 60 {
		o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = fmt.Sprintf("app %02d", i) })
	}
	follow := func(from, text string) string {
		t.Helper()
		page := o.open("applications/" + from)
		return strings.ReplaceAll(submatch(t, page.Body, `href="(\?[^"]*)"[^>]*>`+text), "&amp;", "&")
	}
	for _, test := range []struct{ query, shows string }{
		{"", "1–25 of about 60"},
		{follow("", "Next"), "26–50 of about 60"},
		{follow("", "Last"), "36–60 of about 60"},
		{"?limit=100", "1–60 of 60"},
		{follow(follow("", "Next"), "← Previous"), "1–25 of about 60"},
		{"?limit=7", "1–25 of about 60"},
		{"?q=app+1", "1–10 of 10"},
		{"?state=disabled", "There are no entries of this kind."},
		{follow(follow("", "Next"), "First"), "1–25 of about 60"},
		{"?from=2999-01-01", "No applications match"},
		{"?until=" + o.Now().Format(time.DateOnly), "1–25 of about 60"},
		{"?from=x", "Enter each day in the form"},
	} {
		if page := o.open("applications/" + test.query); !strings.Contains(page.Body, test.shows) {
			t.Errorf("%q does not show %q: %s", test.query, test.shows, page.Body)
		}
	}
	if page := o.open("applications/?state=disabled"); !strings.Contains(page.Body, `>All <span class="num">60</span>`) || !strings.Contains(page.Body, `aria-current="true">Disabled <span class="num">0</span>`) {
		t.Errorf("the filter has no counts: %s", page.Body)
	}
}

func TestTokensAreFoundByTheBeginningOrAPartOfAName(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	o.AddUser("adam", false)
	var apps []*oauth.Client
	for _, name := range []string{"Photos", "Notes"} {
		c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = name })
		apps = append(apps, c)
		o.Tokens(c, secret, "adam", "read")
	}
	for query, want := range map[string]int{"phot": 1, "NOTES": 1, apps[1].ID: 1, "adam": 2, "ADAM": 2, "ada": 0, "nobody": 0, "hotos": 1} {
		page := o.open("tokens/?q=" + url.QueryEscape(query))
		if got := strings.Count(page.Body, `name="family"`); got != want {
			t.Errorf("%q finds %d families, want %d", query, got, want)
		}
	}
	page := o.open("tokens/?q=a")
	if !strings.Contains(page.Body, "Which one do you mean?") || !strings.Contains(page.Body, ">adam</bdi>") {
		t.Errorf("several names: %s", page.Body)
	}
	adam := submatch(t, page.Body, `href="(\?user=[^"]*)"><bdi>adam`)
	if page := o.open("tokens/" + adam); strings.Count(page.Body, `name="family"`) != 2 || !strings.Contains(page.Body, "Person: adam") || !strings.Contains(page.Body, ">adam</bdi></a>") {
		t.Errorf("after the choice: %s", page.Body)
	}
}

// Formula injection (OWASP), and characters that change the direction of the text.
func TestExportsAreHarmlessAndRecorded(t *testing.T) {
	o := enter(t)
	names := []string{"=1+1", "+1", "-1", "@SUM(1)", "\tx", "a\u202egnp.exe", "plain, \"quoted\""}
	for _, name := range names {
		if err := o.Store.CreateClient(t.Context(), &oauth.Client{ID: "id " + name, Name: name, CreatedAt: o.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	page := o.open("export/applications/?format=csv")
	rows, err := csv.NewReader(strings.NewReader(page.Body)).ReadAll()
	if err != nil || len(rows) != len(names)+1 || rows[0][0] != "name" || page.Header.Get("Content-Disposition") != `attachment; filename="applications.csv"` {
		t.Fatalf("got %v, %v, %v", rows, err, page.Header)
	}
	for _, row := range rows[1:] {
		if strings.ContainsAny(row[0][:1], "=+-@\t") || strings.Contains(row[0], "\u202e") {
			t.Errorf("the cell %q is not harmless", row[0])
		}
	}
	page = o.open("export/applications/?format=json&q=quoted")
	var objects []map[string]string
	if err := json.Unmarshal([]byte(page.Body), &objects); err != nil || len(objects) != 1 || objects[0]["name"] != names[6] || objects[0]["client_id"] == "" {
		t.Errorf("got %v, %v", page.Body, err)
	}
	if page := o.open("export/applications/?format=x"); page.StatusCode != 404 {
		t.Errorf("an unknown format: %s", page.Status)
	}
	records, _, err := audit.List(t.Context(), o.Store, audit.Filter{Category: oauth.CategoryAdministration}, paging.Page{})
	if err != nil || !slices.ContainsFunc(records, func(r *audit.Record) bool {
		return r.Kind == "export/applications" && strings.Contains(fmt.Sprint(r.Details), "quoted")
	}) {
		t.Errorf("the export is not recorded: %+v, %v", records, err)
	}
}

// TestAllRowsThatMatchAreRevokedInSteps: the number is confirmed, other rows remain, a request does a
// bounded number of rows, the last note counts those of all requests, and each row is recorded.
func TestAllRowsThatMatchAreRevokedInSteps(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	other, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Other" })
	o.answer("/token", other.ID, secret, "grant_type", "client_credentials")
	last := ""
	for range 520 {
		now := o.Now()
		id := oauth.NewID(now)
		last = id.String()
		if err := o.Store.Issue(t.Context(), oauth.AccessToken{ID: id, ClientID: c.ID, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	list := "tokens/?kind=access&application=" + c.ID
	page := o.open(list)
	if !strings.Contains(page.Body, "(all 520 that match)") {
		t.Errorf("the button lacks the number: %s", page.Body)
	}
	page = o.Browser.Submit(page, url.Values{"all": {"revoke"}})
	if !strings.Contains(page.Body, "Revoke 520 tokens that match?") {
		t.Errorf("the question lacks the number: %s", page.Body)
	}
	count := func(id string) int {
		n, err := o.Store.CountAccessTokens(t.Context(), oauth.FamilyFilter{ClientID: id})
		if err != nil {
			t.Fatal(err)
		}
		return n.N
	}
	if n := count(c.ID); n != 520 {
		t.Fatalf("before the confirmation: %d", n)
	}
	page = o.Browser.Submit(page, url.Values{"all": {"revoke"}, "confirmed": {"yes"}})
	if n := count(c.ID); n != 20 || !strings.Contains(page.Body, "500 revoked. Continue?") {
		t.Errorf("after a step: %d, %s", n, page.Body)
	}
	page = o.Browser.Submit(page, url.Values{"all": {"revoke"}, "confirmed": {"yes"}})
	if n, others := count(c.ID), count(other.ID); n != 0 || others != 1 || !strings.Contains(page.Body, "520 revoked.") {
		t.Errorf("after the last step: %d, and %d of others: %s", n, others, page.Body)
	}
	o.Browser.Submit(o.open(list), url.Values{"do": {"revoke"}, "token": {last}, "confirmed": {"yes"}}) // is not recorded, because nothing was revoked
	records := o.recorded(audit.Filter{Category: oauth.CategoryAdministration})
	for _, r := range records {
		if r.ClientID != c.ID || r.Kind != "tokens" || r.Changes()[0].Field != "token" {
			t.Errorf("%s: %s, client %q, %v", r.Kind, r.What(), r.ClientID, r.Changes())
		}
	}
	if len(records) != 520 {
		t.Errorf("%d records", len(records))
	}
}

// TestWrongFilterSelectsNothing: neither an action on all rows nor an export treats a filter
// that is not valid as no filter.
func TestWrongFilterSelectsNothing(t *testing.T) {
	o := enter(t)
	c, secret := o.AddClient("https://app.example/cb", nil)
	o.answer("/token", c.ID, secret, "grant_type", "client_credentials")
	for _, query := range []string{"until=2020-13-45", "from=x", "kind=acces", "kind=access&until=2020-02-30", "kind=access&state=x"} {
		page := o.open("tokens/?" + query)
		if page = o.Browser.Submit(page, url.Values{"all": {"revoke"}, "confirmed": {"yes"}}); page.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %s", query, page.Status)
		}
		if n, err := o.Store.CountAccessTokens(t.Context(), oauth.FamilyFilter{ClientID: c.ID}); err != nil || n.N != 1 {
			t.Fatalf("%s: %d tokens remain, %v", query, n.N, err)
		}
		if page = o.open("export/tokens/?format=csv&" + query); page.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page.Body, c.ID) {
			t.Errorf("export with %s: got %s", query, page.Status)
		}
	}
	for _, normal := range []string{"tokens/?state=valid", "sessions/?state=active", "requests/?kind=pushed"} { // the names in the admin API
		if page := o.open("export/" + normal + "&format=csv"); page.StatusCode != http.StatusOK {
			t.Errorf("export of %s: got %s", normal, page.Status)
		}
	}
}

// TestTokenInASearchDoesNotStayInTheURL of any page or export. The page of tokens says where
// a token can be pasted.
func TestTokenInASearchDoesNotStayInTheURL(t *testing.T) {
	o := enter(t)
	for _, path := range []string{"search/?", "tokens/?", "users/?", "audit/?", "sessions/?", "consents/?", "export/tokens/?format=csv&", "audit/export/?format=csv&"} {
		for _, text := range []string{"lk_at_secret", " eyJhbGciOiJFUzI1NiJ9.e30.x", "Bearer lk_rt_secret", `{"access_token":"lk_at_secret"}`} {
			page := o.open(path + "q=" + url.QueryEscape(text))
			if page.StatusCode != http.StatusOK || page.Request.URL.Path != "/admin/tokens/" || page.Request.URL.Query().Has("q") {
				t.Errorf("%s with %s: %s %s", path, text, page.Status, page.Request.URL)
			}
		}
	}
	if page := o.open("users/?q=blk_eyJa"); page.Request.URL.Path != "/admin/users/" {
		t.Errorf("a name was taken for a token: %s", page.Request.URL)
	}
}
