package latchkey_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// programsOfSetup are the names of what tools/setup installs, by the name of the package or of
// the folder that it builds.
var programsOfSetup = map[string]string{
	"gcc": "gcc", "systemd": "systemd", "git": "Git", "curl": "curl", "openssl": "OpenSSL", "strace": "strace", "postgresql": "PostgreSQL", "pgbouncer": "PgBouncer",
	"nginx-light": "nginx", "caddy": "Caddy", "slapd": "OpenLDAP", "haproxy": "HAProxy", "apache2-bin": "Apache", "libapache2-mod-auth-openidc": "mod_auth_openidc",
	"chromium": "Chromium", "chromium-headless-shell": "Chromium", "nodejs": "Node.js", "npm": "npm", "python3-venv": "Python",
	"default-jdk-headless": "Java", "maven": "Maven", "oauth2-proxy": "oauth2-proxy",
	"fonts-noto-core": "", "fonts-noto-cjk": "", // only for make pictures
}

// TestReadmeAndContributingNameWhatSetupInstalls: both files tell people which programs make test
// installs on their machine.
func TestReadmeAndContributingNameWhatSetupInstalls(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	setup := read("tools/setup")
	_, readme, _ := strings.Cut(read("README.md"), "This command runs all tests")
	readme, _, _ = strings.Cut(readme, "\n")
	_, contributing, _ := strings.Cut(read("CONTRIBUTING.md"), "| program | for |")
	contributing, _, _ = strings.Cut(contributing, "\n\n")
	packages := []string{}
	for _, match := range regexp.MustCompile(`(?m)\binstall ([a-z0-9-]+) "|go build -C ([a-z0-9-]+)`).FindAllStringSubmatch(setup, -1) {
		packages = append(packages, match[1]+match[2])
	}
	if len(packages) < len(programsOfSetup) {
		t.Errorf("found only %d packages in tools/setup", len(packages))
	}
	for _, name := range packages {
		program, known := programsOfSetup[name]
		if !known {
			t.Errorf("tools/setup installs %s, which has no name in this test", name)
		}
		for page, text := range map[string]string{"README.md": readme, "CONTRIBUTING.md": contributing} {
			if !strings.Contains(text, program) {
				t.Errorf("%s does not say that make setup installs %s", page, program)
			}
		}
	}
	// The programs that only have to be there.
	for name, program := range programsOfSetup {
		if !strings.Contains(setup, name) {
			t.Errorf("tools/setup does not install %s (%s) any more; remove it from this test and from the two pages", name, program)
		}
	}
}
