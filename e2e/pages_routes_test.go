package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

// notPages are the addresses that a browser can open and that show no page of their own.
var notPages = map[string]string{
	"/o/login/with/{provider}/logout/":     "leads to the other provider",
	"/o/login/with/{provider}/logged-out/": "leads to the page on which the person is logged out",
	"/o/logo/":                             "an image",
	"/o/picture/{picture}/":                "an image",
	"/o/static/":                           "styles and scripts",
	"/o/check_session/":                    "a frame without content",
	"/o/returned/":                         "redirects, only with the people of a host program",
	"/consumer/device/qr/":                 "an image",
	"/admin/audit/export/":                 "a file",
	"/admin/export/applications/":          "a file",
	"/admin/export/users/":                 "a file",
	"/admin/export/groups/":                "a file",
	"/admin/export/groups/{id}/":           "a file",
	"/admin/export/tokens/":                "a file",
	"/admin/export/requests/":              "a file",
	"/admin/export/consents/":              "a file",
	"/admin/export/all-api-tokens/":        "a file",
	"/admin/export/sessions/":              "a file",
	"/admin/export/invitations/":           "a file",
	"/admin/export/registration/":          "a file",
	"/admin/export/keys/":                  "a file",
	"/admin/export/problems/":              "a file",
	"/admin/export/attempts/":              "a file",
	"/admin/export/settings/":              "a file",
	"/admin/export/scopes/":                "a file",
	"/admin/export/resources/":             "a file",
	"/admin/export/exceptions/":            "a file",
	"/admin/export/trusted-issuers/":       "a file",
	"/admin/export/webhooks/":              "a file",
	"/consumer/texts.js":                   "a script",
	"/o/forward-auth/{client}/check/":      "the same texts as without check/, for nginx",
}

// TestListOfPagesIsComplete: every route that a browser can open is in the list, or is not
// a page.
func TestListOfPagesIsComplete(t *testing.T) {
	listed := make(map[string]bool)
	for _, p := range allPages() {
		if listed["name "+p.name] {
			t.Errorf("two pages have the name %s", p.name)
		}
		listed["name "+p.name] = true
		listed[prefix(p)+p.route] = true
		if p.shows == "" || !strings.HasSuffix(p.shows, ".") {
			t.Errorf("%s: %q is not a sentence", p.name, p.shows)
		}
	}
	var routes []string
	applications, people := web.Endpoints()
	for _, e := range slices.Concat(applications, people) {
		if strings.Contains(e.Methods, "GET") && (strings.HasPrefix(e.Path, "/o/forward-auth/") || slices.Contains(people, e)) {
			routes = append(routes, e.Path)
		}
	}
	for _, pattern := range admin.Patterns() {
		if path, found := strings.CutPrefix(pattern, "GET "); found {
			routes = append(routes, "/admin"+strings.TrimSuffix(path, "{$}"))
		}
	}
	source, err := os.ReadFile(filepath.Join("..", "internal", "consumer", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`"GET (/[^"]*)"`).FindAllStringSubmatch(string(source), -1) {
		routes = append(routes, "consumer "+strings.TrimSuffix(found[1], "{$}"))
	}
	if len(routes) < 60 {
		t.Errorf("only %d routes were found", len(routes))
	}
	for _, route := range routes {
		if !listed[route] && notPages[strings.TrimPrefix(route, "consumer ")] == "" {
			t.Errorf("no page of the list has the address %s", route)
		}
	}
}

// prefix distinguishes the routes of the consumer from those of the provider.
func prefix(p page) string {
	if strings.HasPrefix(p.name, "consumer-") {
		return "consumer "
	}
	return ""
}
