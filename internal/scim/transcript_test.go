package scim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestTranscripts sends the requests in testdata/*.txt to a provider, and compares the responses.
// The files have the format of internal/web/testdata/README.md: lines of a request begin with ">",
// and lines of the expected response begin with "<". {name} in a response is remembered for later
// requests.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := start(t)
			names := map[string]string{"base": s.URL + "/admin/scim/v2", "origin": s.URL, "directory": s.as(account.RoleAdministrator, directory), "admin": s.as(account.RoleAdministrator, all)}
			_, sections, _ := strings.Cut(string(text), "\n## ")
			for section := range strings.SplitSeq(sections, "\n## ") {
				name, lines, _ := strings.Cut(section, "\n")
				t.Run(name, func(t *testing.T) {
					s.t = t
					s.run(lines, names)
				})
			}
		})
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// filled replaces the known names in a line.
func filled(line string, names map[string]string) string {
	return placeholder.ReplaceAllStringFunc(line, func(name string) string {
		if value, known := names[strings.Trim(name, "{}")]; known {
			return value
		}
		return name
	})
}

// run sends the requests of a section.
func (s server) run(section string, names map[string]string) {
	s.t.Helper()
	var request, wanted []string
	flush := func() {
		if len(request) > 0 {
			s.exchange(request, wanted, names)
		}
		request, wanted = nil, nil
	}
	for line := range strings.SplitSeq(section, "\n") {
		switch {
		case strings.HasPrefix(line, ">"):
			if len(wanted) > 0 {
				flush()
			}
			request = append(request, strings.TrimPrefix(strings.TrimPrefix(line, ">"), " "))
		case strings.HasPrefix(line, "<"):
			wanted = append(wanted, strings.TrimSpace(strings.TrimPrefix(line, "<")))
		}
	}
	flush()
}

func (s server) exchange(request, wanted []string, names map[string]string) {
	s.t.Helper()
	method, path, _ := strings.Cut(filled(request[0], names), " ")
	var headers []string
	i := 1
	for ; i < len(request) && request[i] != ""; i++ {
		headers = append(headers, filled(request[i], names))
	}
	body := filled(strings.Join(request[i:], "\n"), names)
	status, err := strconv.Atoi(wanted[0])
	if err != nil {
		s.t.Fatal(wanted[0])
	}
	a := s.call("", method, strings.TrimPrefix(path, "/"), strings.TrimSpace(body), headers...)
	if a.StatusCode != status {
		s.t.Fatalf("%s: got %s %s, want %d", request[0], a.Status, a.body, status)
	}
	for _, line := range wanted[1:] {
		line = filled(line, names)
		if name, value, isHeader := strings.Cut(line, ": "); isHeader && !strings.Contains(name, `"`) {
			if got := a.Header.Get(name); got != value {
				s.t.Errorf("%s: %s is %q, want %q", request[0], name, got, value)
			}
			continue
		}
		if absent, isAbsent := strings.CutPrefix(line, "not "); isAbsent {
			if strings.Contains(a.body, absent) {
				s.t.Errorf("%s: got %s, want no %s", request[0], a.body, absent)
			}
			continue
		}
		if name := placeholder.FindString(line); name != "" {
			before, after, _ := strings.Cut(line, name)
			found := regexp.MustCompile(regexp.QuoteMeta(before) + `([^"]+)` + regexp.QuoteMeta(after)).FindStringSubmatch(a.body)
			if found == nil {
				s.t.Fatalf("%s: got %s, want %s", request[0], a.body, line)
			}
			names[strings.Trim(name, "{}")] = found[1]
			continue
		}
		if !strings.Contains(a.body, line) {
			s.t.Errorf("%s: got %s, want %s", request[0], a.body, line)
		}
	}
}
