package admin_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestListsHavePagesSearchAndOrder(t *testing.T) {
	o := enter(t)
	for i := range 30 {
		o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = string(rune('a'+i%26)) + "-app" })
	}
	page := o.open("applications/?sort=name&order=desc")
	next := regexp.MustCompile(`href="(\?[^"]*after=[^"]*)"`).FindStringSubmatch(page.Body)
	if strings.Count(page.Body, `<th scope="row">`) != 25 || next == nil || strings.Index(page.Body, "z-app") > strings.Index(page.Body, "y-app") {
		t.Fatalf("the first page: %s", page.Body)
	}
	second := o.open("applications/" + strings.ReplaceAll(next[1], "&amp;", "&"))
	if strings.Count(second.Body, `<th scope="row">`) != 5 || !strings.Contains(second.Body, "before=") || !strings.Contains(second.Body, "order=desc") {
		t.Errorf("the second page: %s", second.Body)
	}
	if page := o.open("applications/?q=q-AP&type=confidential&state=enabled&grant=refresh_token"); strings.Count(page.Body, `<th scope="row">`) != 1 {
		t.Errorf("with filters: %s", page.Body)
	}
}

func TestFiltersAreNotPartOfAStatement(t *testing.T) {
	o := enter(t)
	page := o.open("applications/?q=%27%3BDROP&sort=%27&after=%27&order=x&type=%27")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "No applications match your search") {
		t.Errorf("got %s", page.Status)
	}
}

// URNs are hard to read, and short names are those of the command line.
func TestListOfApplicationsShowsShortNamesOfGrantTypes(t *testing.T) {
	o := enter(t)
	o.AddClient("https://tv.example/cb", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantDeviceCode, oauth.GrantTokenExchange} })
	page := o.open("applications/?grant=" + url.QueryEscape(oauth.GrantDeviceCode))
	if !strings.Contains(page.Body, `selected>device_code (1)</option>`) || strings.Contains(page.Body, ">urn:") {
		t.Errorf("the list is %s", page.Body)
	}
	if file := o.open("export/applications/?format=csv"); !strings.Contains(file.Body, "device_code, token_exchange") || strings.Contains(file.Body, "urn:") {
		t.Errorf("the export is %s", file.Body)
	}
}
