package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seen are the metrics of a server that has served a request, by name, with
// the labels of each.
func seen(t *testing.T) map[string][]string {
	t.Helper()
	i := newInside(t)
	if _, err := http.Get(i.URL + "/o/login/"); err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]string)
	label := regexp.MustCompile(`(\w+)="`)
	for line := range strings.Lines(i.scrape()) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name := strings.FieldsFunc(line, func(r rune) bool { return r == '{' || r == ' ' })[0]
		labels := found[name]
		for _, match := range label.FindAllStringSubmatch(line, -1) {
			if !slices.Contains(labels, match[1]) {
				labels = append(labels, match[1])
			}
		}
		found[name] = labels
	}
	return found
}

// family is the name without what a histogram puts behind it.
func family(name string, known map[string][]string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		base := strings.TrimSuffix(name, suffix)
		if _, histogram := known[base+"_bucket"]; histogram && base != name {
			return base
		}
	}
	return name
}

// TestTheDashboardAndTheDocsKnowEveryMetric, and none that is not there.
func TestTheDashboardAndTheDocsKnowEveryMetric(t *testing.T) {
	known := seen(t)
	families := make(map[string]bool)
	for name := range known {
		families[family(name, known)] = true
	}
	named := regexp.MustCompile(`\b(?:latchkey|go|process)_\w+`)
	for _, file := range []string{"../../docs/how-to/observe.md", "../../docs/grafana/latchkey.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		speaks := make(map[string]bool)
		for _, name := range named.FindAllString(string(text), -1) {
			name = family(name, known)
			speaks[name] = true
			if !families[name] && name != "go_" && name != "process_" {
				t.Errorf("%s speaks of %s, which is not there", file, name)
			}
		}
		for name := range families {
			if strings.HasPrefix(name, "latchkey_") && !speaks[name] {
				t.Errorf("%s does not speak of %s", file, name)
			}
		}
	}
}

// TestTheDashboardAsksForLabelsThatAreThere, each panel has a place of its own,
// and says which data source it asks.
func TestTheDashboardAsksForLabelsThatAreThere(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/latchkey.json")
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ X, Y, W, H int }
	var dashboard struct {
		Title, UID string
		Panels     []struct {
			ID      int
			Type    string
			Title   string
			GridPos place
			Targets []struct {
				Expr       string
				Datasource struct{ Type, UID string }
			}
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	known := seen(t)
	metric := regexp.MustCompile(`\b((?:latchkey|go|process)_\w+)\{([^}]*)\}`)
	matcher := regexp.MustCompile(`(\w+)(?:=~|!=|=)"`)
	grouping := regexp.MustCompile(`by \(([^)]*)\)`)
	ids, taken := make(map[int]bool), make(map[[2]int]string)
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] {
			t.Errorf("two panels have the id %d", panel.ID)
		}
		ids[panel.ID] = true
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other := taken[at]; other != "" || at[0] >= 24 {
					t.Fatalf("%q and %q are in the same place", panel.Title, other)
				}
				taken[at] = panel.Title
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%q asks nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			if target.Datasource.UID != "${datasource}" || !strings.Contains(target.Expr, `instance=~"$instance"`) {
				t.Errorf("%q does not ask whom it is told to ask", panel.Title)
			}
			labels := []string{"instance"}
			for _, use := range metric.FindAllStringSubmatch(target.Expr, -1) {
				labels = append(labels, known[use[1]]...)
				for _, match := range matcher.FindAllStringSubmatch(use[2], -1) {
					if match[1] != "instance" && !slices.Contains(known[use[1]], match[1]) {
						t.Errorf("%q: %s has no label %s", panel.Title, use[1], match[1])
					}
				}
			}
			for _, group := range grouping.FindAllStringSubmatch(target.Expr, -1) {
				for _, name := range strings.Split(group[1], ", ") {
					if !slices.Contains(labels, name) {
						t.Errorf("%q groups by %s, which is no label", panel.Title, name)
					}
				}
			}
		}
	}
	if dashboard.Title != "Latchkey" || len(ids) < 30 {
		t.Errorf("%q has %d panels", dashboard.Title, len(ids))
	}
}
