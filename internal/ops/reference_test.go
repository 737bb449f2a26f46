package ops

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

//go:generate go test . -run TestMetricsReferenceIsUpToDate -update

var update = flag.Bool("update", false, "write docs/reference/metrics.md")

// TestMetricsReferenceIsUpToDate writes a table of the exported metrics, with the
// values of labels that exist from the start.
func TestMetricsReferenceIsUpToDate(t *testing.T) {
	const (
		path  = "../../docs/reference/metrics.md"
		begin = "<!-- Generated from the code: make generate -->\n"
		end   = "<!-- End of what is generated -->\n"
	)
	s := newMeasuredServer(t, openSQLite(t))
	s.openLogin()
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n")
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "latchkey_") {
			fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), labelsOf(f), f.GetHelp())
		}
	}
	table.WriteString("\n")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), begin)
	_, after, found := strings.Cut(rest, end)
	want := before + begin + table.String() + end + after
	switch {
	case !found:
		t.Fatalf("%s does not contain the lines %q and %q", path, begin, end)
	case want == string(page):
	case !*update:
		t.Fatalf("%s does not match the code. Run: make generate", path)
	default:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a public document
			t.Fatal(err)
		}
	}
}

// labelsOf returns the labels of a metric, with those values that do not depend on
// requests.
func labelsOf(f *dto.MetricFamily) string {
	var names []string
	values := make(map[string][]string)
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if !slices.Contains(names, l.GetName()) {
				names = append(names, l.GetName())
			}
			if v := "`" + l.GetValue() + "`"; l.GetValue() != "" && !slices.Contains(values[l.GetName()], v) {
				values[l.GetName()] = append(values[l.GetName()], v)
			}
		}
	}
	var texts []string
	for _, name := range names {
		text := "`" + name + "`"
		if all := values[name]; name != "route" && name != "method" && name != "status" && name != "version" && len(all) > 0 {
			slices.Sort(all)
			text += " (" + strings.Join(all, ", ") + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
