package ops

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exportedMetrics returns the labels of each metric of a server that has served a
// request, by the name of the metric.
func exportedMetrics(t *testing.T) map[string][]string {
	t.Helper()
	s := newMeasuredServer(t, openSQLite(t))
	s.openLogin()
	found := make(map[string][]string)
	label := regexp.MustCompile(`(\w+)="`)
	for line := range strings.Lines(s.scrape()) {
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

// family returns the name without the suffix that a histogram adds.
func family(name string, known map[string][]string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		base := strings.TrimSuffix(name, suffix)
		if _, histogram := known[base+"_bucket"]; histogram && base != name {
			return base
		}
	}
	return name
}

func TestDashboardAndDocsDescribeExactlyTheExportedMetrics(t *testing.T) {
	known := exportedMetrics(t)
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
		mentioned := make(map[string]bool)
		withoutTables := strings.ReplaceAll(string(text), "SELECT latchkey_access_token", "") // the name of a span
		for _, name := range named.FindAllString(withoutTables, -1) {
			name = family(name, known)
			mentioned[name] = true
			if !families[name] && name != "go_" && name != "process_" {
				t.Errorf("%s mentions %s, which is not exported", file, name)
			}
		}
		for name := range families {
			if strings.HasPrefix(name, "latchkey_") && !mentioned[name] {
				t.Errorf("%s does not mention %s", file, name)
			}
		}
	}
}

// TestDashboardQueriesUseExistingLabels also checks that panels do not overlap and
// that each query uses the selected data source and instance.
func TestDashboardQueriesUseExistingLabels(t *testing.T) {
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
	known := exportedMetrics(t)
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
					t.Fatalf("%q and %q overlap", panel.Title, other)
				}
				taken[at] = panel.Title
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%q has no query", panel.Title)
		}
		for _, target := range panel.Targets {
			if target.Datasource.UID != "${datasource}" || !strings.Contains(target.Expr, `instance=~"$instance"`) {
				t.Errorf("%q ignores the selected data source or instance", panel.Title)
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
						t.Errorf("%q groups by %s, which is not a label", panel.Title, name)
					}
				}
			}
		}
	}
	if dashboard.Title != "Latchkey" || len(ids) < 30 {
		t.Errorf("%q has %d panels", dashboard.Title, len(ids))
	}
}
