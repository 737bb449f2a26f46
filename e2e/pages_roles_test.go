package e2e

import (
	"slices"
	"strings"
	"testing"
)

// walkAsRoles visits the back office as each role but the administrator, who sees every page of the list:
// each page to which the navigation leads, and from each list, the page of its first row. The page of
// an application, which differs most without rights, is checked with axe-core.
func (w *world) walkAsRoles(t *testing.T) {
	t.Run("as each role", func(t *testing.T) {
		t.Parallel()
		guest := w.enter(t, true, "en")
		for role, user := range map[string]string{"operator": "henrik", "auditor": "ada"} {
			t.Run(role, func(t *testing.T) {
				v := guest.in(t)
				v.become(page{user: user})
				v.notices.take()
				v.walk(role)
			})
		}
	})
}

// walk visits the pages to which the navigation of the back office leads, and from each list the page of
// its first row. A list whose rows have a page in the list of pages must lead to one. It does not open
// applications that registered themselves, because another browser can delete them at the same time.
func (v *guest) walk(role string) {
	v.t.Helper()
	const inSide, rows = `nav.side a[href^="/admin/"]`, `main tbody th a[href^="/admin/"]:not([href*="/lk_reg_"])`
	v.inspect("/admin/")
	todo, seen := v.links(inSide), []string{"/admin/"}
	if len(todo) < 10 {
		v.t.Fatalf("the navigation of the %s leads only to %v", role, todo)
	}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if slices.Contains(seen, path) {
			continue
		}
		seen = append(seen, path)
		v.inspect(path)
		if strings.Count(path, "/") == 3 { // a list
			found := v.links(rows)
			todo = append(todo, found[:min(1, len(found))]...)
		} else if strings.HasPrefix(path, "/admin/applications/") {
			v.accessibleIn(role+" "+path, "document.querySelector('main')", []string{"light"}, []int64{1280})
		}
	}
	followed := 0
	for _, list := range listsOfObjects() {
		switch {
		case !slices.Contains(seen, list): // the role cannot open it
		case slices.ContainsFunc(seen, func(path string) bool { return path != list && strings.HasPrefix(path, list) }):
			followed++
		default:
			v.t.Errorf("the %s visited %s, but no page of its rows", role, list)
		}
	}
	if followed < 5 { // applications, users, groups, login providers and rejected requests
		v.t.Errorf("the %s visited the pages of rows of only %d lists", role, followed)
	}
}

// listsOfObjects returns the routes of the lists of the back office whose rows have a route in the list of
// pages.
func listsOfObjects() (lists []string) {
	for _, p := range allPages() {
		list, ofRow := strings.CutSuffix(p.route, "{id}/")
		if ofRow && strings.HasPrefix(list, "/admin/") && strings.Count(list, "/") == 3 && !slices.Contains(lists, list) {
			lists = append(lists, list)
		}
	}
	return lists
}

// inspect opens a page of the back office, and checks what the browser noticed.
func (v *guest) inspect(path string) {
	v.t.Helper()
	v.visit(path)
	if status := evaluate[int](v.browser, `performance.getEntriesByType("navigation")[0].responseStatus`); status != 200 {
		v.t.Errorf("%s has the status %d", path, status)
	}
	v.notices.check(v.t, page{name: "office"})
}

// links returns the paths of the links that a selector finds.
func (v *guest) links(selector string) []string {
	v.t.Helper()
	return evaluate[[]string](v.browser, `[...document.querySelectorAll('`+selector+`')].map((a) => a.pathname + a.search)`)
}
