package main

import (
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

//go:generate go test . -run TestConfigurationReferenceIsUpToDate -update

var update = flag.Bool("update", false, "write the generated pages of the reference")

const (
	generatedBegin = "<!-- Generated from the code: make generate -->\n"
	generatedEnd   = "<!-- End of what is generated -->\n"
)

func TestConfigurationReferenceIsUpToDate(t *testing.T) {
	updateGenerated(t, "../../docs/reference/configuration.md", settingsTables())
}

// settingsTables returns a table for each title, in the order of the settings.
func settingsTables() string {
	var titles []string
	rows := make(map[string]string)
	for _, s := range settings.Of(new(config)) {
		if _, known := rows[s.Title]; !known {
			titles = append(titles, s.Title)
		}
		help, byDefault := s.Help, defaultText(s)
		if found := defaultInHelp.FindStringSubmatch(help); found != nil {
			help, byDefault = strings.Replace(help, found[0], "", 1), found[1]
		}
		rows[s.Title] += fmt.Sprintf("| `%s` | %s | %s |\n", s.Key, byDefault, help+notes(s))
	}
	var page strings.Builder
	for _, title := range titles {
		_, _ = fmt.Fprintf(&page, "\n## %s\n\n| setting | default | meaning |\n|---|---|---|\n%s", title, rows[title])
	}
	return page.String() + "\n"
}

// defaultInHelp is a default that the help describes because it is not constant.
var defaultInHelp = regexp.MustCompile(` \(default:? (.*)\)`)

func defaultText(s settings.Setting) string {
	if _, ok := s.Pointer.(*bool); ok && s.Default == "" {
		return "`false`"
	}
	if s.Default == "" {
		return "none"
	}
	return "`" + s.Default + "`"
}

// notes returns how a setting differs from others.
func notes(s settings.Setting) string {
	switch {
	case s.FileOnly:
		return ". Only in the configuration file"
	case s.Secret:
		return ". Not a flag"
	case len(s.Commands) == 1 && s.Commands[0] != "all":
		return ". Only for `latchkey " + s.Commands[0] + "`"
	}
	return ""
}

// TestEverySettingHasHelp also checks that no two settings have the same name.
func TestEverySettingHasHelp(t *testing.T) {
	known := make(map[string]bool)
	for _, s := range settings.Of(new(config)) {
		if s.Help == "" || s.Title == "" || known[s.Key] {
			t.Errorf("%+v: help or title is missing, or the name is not unique", s)
		}
		known[s.Key] = true
	}
}
