package adminapi_test

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
)

// sameFilters has, for each value of a filter of the back office, the parameter of the operation that selects the
// same rows. A filter that is not here has a parameter with the same name and the same values.
var sameFilters = map[string]string{
	"applications/?state=enabled":  "disabled=false",
	"applications/?state=disabled": "disabled=true",
	"applications/?state=waiting":  "review=waiting",
	"applications/?state=changed":  "review=changed",
	"applications/?added=":         "added_by",
	"applications/?grant=":         "grant_type",
	"applications/?owner=":         "owner",
	"users/?state=enabled":         "disabled=false",
	"users/?state=disabled":        "disabled=true",
	"users/?state=admin":           "role=administrator",
	"users/?state=operator":        "role=operator",
	"users/?state=auditor":         "role=auditor",
	"tokens/?kind=access":          "", // is another operation
	"tokens/?show=agents":          "agents=true",
	"tokens/?show=offline":         "offline=true",
	"consents/?show=agents":        "agents=true",
	"problems/?show=other":         "unknown=true",
	"exceptions/?state=enabled":    "disabled=false",
	"exceptions/?state=disabled":   "disabled=true",
	"audit/?show=failed":           "failed=true",
	"audit/?show=roles":            "roles=true",
	"audit/?show=":                 "category",
	"tokens/?q=":                   "person, client_id", // which also find a name
	"consents/?q=":                 "person, client_id",
	"requests/?q=":                 "person, client_id",
	"attempts/?q=":                 "client_id",
	"audit/?q=":                    "person, client_id, error_id",
}

// unpagedLists are the lists whose operation returns a bounded number of rows at once, with the values of the
// filters: a program selects among them.
var unpagedLists = []string{"keys/", "problems/", "registration/", "resources/", "scopes/", "settings/", "trusted-issuers/", "webhooks/"}

// TestEveryFilterOfTheBackOfficeIsAParameter of the operations that return the same rows.
func TestEveryFilterOfTheBackOfficeIsAParameter(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	b := s.Browser()
	b.LogIn(b.Open(s.URL+"/admin/"), "root")
	operations := make(map[string]adminapi.Operation)
	for _, op := range adminapi.Operations() {
		operations[op.Method+" "+op.Path] = op
	}
	chips := regexp.MustCompile(`(?s)<nav class="chips".*?</nav>`)
	links := regexp.MustCompile(`<a href="([^"]*)"`)
	menus := regexp.MustCompile(`(?s)<select id="filter-[^"]*" name="([^"]*)">(.*?)</select>`)
	options := regexp.MustCompile(`<option value="([^"]+)"`)
	fields := regexp.MustCompile(`<input id="(q|from|until)"`)
	used, compared := make(map[string]bool), 0
	for _, pattern := range append(admin.Patterns(), "GET /export/audit/{$}") {
		path, is := strings.CutPrefix(strings.TrimSuffix(pattern, "{$}"), "GET /export/")
		if !is || strings.Contains(path, "{id}") {
			continue
		}
		page := b.Open(s.URL + "/admin/" + path)
		if page.StatusCode != 200 {
			t.Fatalf("%s: %s", path, page.Status)
		}
		var filters []string // name=value
		for _, nav := range chips.FindAllString(page.Body, -1) {
			for _, link := range links.FindAllStringSubmatch(nav, -1) {
				filters = append(filters, strings.TrimPrefix(html.UnescapeString(link[1]), "?"))
			}
		}
		for _, menu := range menus.FindAllStringSubmatch(page.Body, -1) {
			for _, option := range options.FindAllStringSubmatch(menu[2], -1) {
				filters = append(filters, menu[1]+"="+url.QueryEscape(html.UnescapeString(option[1])))
			}
		}
		for _, field := range fields.FindAllStringSubmatch(page.Body, -1) {
			filters = append(filters, field[1]+"=")
		}
		for _, filter := range filters {
			name, value, _ := strings.Cut(filter, "=")
			if name == "" {
				continue // all rows
			}
			compared++
			want := filter
			for _, key := range []string{path + "?" + filter, path + "?" + name + "="} {
				if same, known := sameFilters[key]; known {
					want, used[key] = same, true
					break
				}
			}
			if want == "" {
				continue
			}
			for operation := range strings.SplitSeq(counterparts["GET /"+path], ", ") {
				op := operations[operation]
				if op.Unpaged && slices.Contains(unpagedLists, path) {
					continue
				}
				for parameter := range strings.SplitSeq(want, ", ") {
					name, only, _ := strings.Cut(parameter, "=")
					if only == "" {
						only, _ = url.QueryUnescape(value)
					}
					values, known := op.Query[name]
					if !known || values != nil && only != "" && !slices.Contains(values, only) {
						t.Errorf("the list %s has the filter %s: %q has no parameter %s", path, filter, operation, parameter)
					}
				}
			}
		}
	}
	if compared < 50 {
		t.Errorf("only %d filters were compared", compared)
	}
	for key := range sameFilters {
		if !used[key] {
			t.Errorf("%s is not a filter of the back office", key)
		}
	}
}
