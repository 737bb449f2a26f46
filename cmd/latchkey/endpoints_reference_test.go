package main

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/internal/ops"
	"github.com/seed-e6a88a41/latchkey/internal/scim"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

//go:generate go test . -run TestEndpointReferenceIsUpToDate -update

// TestEndpointReferenceIsUpToDate writes the tables of docs/reference/endpoints.md from
// the descriptions of the routes.
func TestEndpointReferenceIsUpToDate(t *testing.T) {
	applications, people := web.Endpoints()
	var mock []endpoint.Endpoint
	for _, c := range new(mockServer).controls() {
		mock = append(mock, c.Endpoint)
	}
	var page strings.Builder
	for _, group := range []struct {
		title, text string
		endpoints   []endpoint.Endpoint
	}{
		{"For applications", "The token endpoint supports the grant types " + grantTypes() + "; `password` only with an [exception](../how-to/legacy-clients.md).", applications},
		{"For people", "", people},
		{"Back office", "A program that embeds Latchkey can choose another path than `/admin/` (`Options.AdminPath`).", admin.Endpoints()},
		{"Admin API", "The token needs a [scope](admin-api.md), and the role of the caller the permission.", adminapi.Endpoints()},
		{"SCIM", "Directories add, change and remove people and groups with these endpoints ([how](../how-to/provision-people-by-scim.md)). The tokens are those of the admin API.", scim.Endpoints()},
		{"For operators", "`--ops-addr` opens a listener without authentication for these paths. See [how to observe a running server](../how-to/observe.md).", ops.Endpoints()},
		{"For tests", "Only `latchkey mock` has these endpoints. [How to test a program](../how-to/test-a-program.md) lists the members of their JSON.", mock},
	} {
		fmt.Fprintf(&page, "\n## %s\n\n", group.title)
		if group.text != "" {
			page.WriteString(group.text + "\n\n")
		}
		page.WriteString(endpointTable(t, group.endpoints))
	}
	page.WriteString("\n")
	updateGenerated(t, "../../docs/reference/endpoints.md", page.String())
	updateGenerated(t, "../../docs/reference/admin-api.md", adminapi.Reference())
}

// grantTypes returns the grant types of all servers, except the legacy one.
func grantTypes() string {
	var names []string
	for _, c := range clientfields.GrantTypes() {
		if c.Value != "password" {
			names = append(names, "`"+c.Value+"`")
		}
	}
	return strings.Join(names, ", ")
}

// endpointTable returns a table. Endpoints that differ only in their paths share a row.
func endpointTable(t *testing.T, endpoints []endpoint.Endpoint) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| path | methods | authentication | purpose | defined in |\n|---|---|---|---|---|\n")
	for len(endpoints) > 0 {
		first, paths := endpoints[0], ""
		for len(endpoints) > 0 {
			next := endpoints[0]
			if next.Path = first.Path; next != first {
				break
			}
			paths += ", `" + endpoints[0].Path + "`"
			endpoints = endpoints[1:]
		}
		if first.Purpose == "" || first.Methods == "" || first.Authentication == "" {
			t.Errorf("%s is not described", first.Path)
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", strings.TrimPrefix(paths, ", "), first.Methods, first.Authentication, first.Purpose, first.Standard)
	}
	return table.String()
}

// TestEndpointsAcceptTheMethodsOfTheReference, and those for applications accept no others.
func TestEndpointsAcceptTheMethodsOfTheReference(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.SignUp, o.InsecureCatchMails = true, true })
	applications, people := web.Endpoints()
	for i, e := range slices.Concat(applications, people) {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			w := httptest.NewRecorder()
			path := strings.NewReplacer("{client}", "x", "/static/", "/static/x/latchkey.css").Replace(e.Path)
			p.Server.ServeHTTP(w, httptest.NewRequest(method, p.URL+path, nil))
			described := slices.Contains(strings.Split(e.Methods, ", "), method)
			if accepted := w.Code != 405; accepted != described && (described || i < len(applications)) {
				if !strings.HasSuffix(e.Path, "/PATH") { // of a resource that this server does not have
					t.Errorf("%s %s: %d, but the reference has the methods %s", method, e.Path, w.Code, e.Methods)
				}
			}
			if w.Code == 404 && !strings.Contains(e.Path+"/static/returned/logo/", e.Path) && !strings.HasSuffix(e.Path, "/PATH") {
				t.Errorf("%s %s does not exist", method, e.Path)
			}
		}
	}
}
