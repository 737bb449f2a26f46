package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

//go:generate go test . -run TestMembersOfLoginProvidersAreDescribed -update

const loginProviderPage = "../../docs/how-to/log-in-through-another-provider.md"

func TestMembersOfLoginProvidersAreDescribed(t *testing.T) {
	table := "\n| member | meaning |\n|---|---|\n"
	for _, field := range reflect.VisibleFields(reflect.TypeFor[latchkey.LoginProvider]()) {
		if name := field.Tag.Get("koanf"); name != "-" {
			help := field.Tag.Get("help")
			if help == "" {
				t.Errorf("%s has no help", field.Name)
			}
			table += fmt.Sprintf("| `%s` | %s |\n", name, help)
		}
	}
	updateGenerated(t, loginProviderPage, table+"\n")
}

// loadProviders loads a configuration file.
func loadProviders(t *testing.T, text string, env ...string) (*config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newConfig()
	return c, c.load(pflag.NewFlagSet("", pflag.ContinueOnError), path, env)
}

// TestExamplesOfLoginProvidersAreValid: every configuration in the guide.
func TestExamplesOfLoginProvidersAreValid(t *testing.T) {
	page, err := os.ReadFile(loginProviderPage)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s) *```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 8 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		indent := strings.Repeat(" ", len(block[1])-len(strings.TrimLeft(block[1], " ")))
		text := strings.ReplaceAll("\n"+block[1], "\n"+indent, "\n")
		c, err := loadProviders(t, text, "LATCHKEY_LOGIN_PROVIDER_GITHUB_SECRET=s", "LATCHKEY_LOGIN_PROVIDER_STAFF_SECRET=s")
		if err == nil {
			err = c.loginProviderFaults()
		}
		if err != nil || len(c.LoginProviders) != strings.Count(text, "- name:") {
			t.Errorf("%s: %v, %+v", text, err, c.LoginProviders)
		}
	}
}

// TestSecretsOfLoginProvidersComeFromTheEnvironment: one in the file is an error that does
// not contain it.
func TestSecretsOfLoginProvidersComeFromTheEnvironment(t *testing.T) {
	const text = "login_providers: [{name: my-idp, issuer: https://idp.example, client_id: c%s}]"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const variable = "LATCHKEY_LOGIN_PROVIDER_MY_IDP_SECRET"
	for want, env := range map[string][]string{"": nil, "of the environment": {variable + "=of the environment"}, "of the file": {variable + "_FILE=" + file}} {
		c, err := loadProviders(t, fmt.Sprintf(text, ""), env...)
		if err != nil || c.LoginProviders[0].ClientSecret != want {
			t.Errorf("%v: %+v, %v", env, c.LoginProviders, err)
		}
	}
	for want, test := range map[string]struct {
		more string
		env  []string
	}{
		"cannot be in this file": {", client_secret: hush", nil},
		"are both set":           {"", []string{variable + "=a", variable + "_FILE=" + file}},
		"no such file":           {"", []string{variable + "_FILE=/nowhere/secret"}},
		"unknown member issuers (did you mean issuer?); the member": {", issuers: x", nil},
	} {
		_, err := loadProviders(t, fmt.Sprintf(text, test.more), test.env...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestRedirectURIIsThatOfTheServerOnTheDatabase: without an issuer in the configuration, the commands
// print the URI of the server that uses the database, and otherwise that of the configuration.
func TestRedirectURIIsThatOfTheServerOnTheDatabase(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := execute(t.Context(), append(args, "--data", data), streams{strings.NewReader("secret"), &out, &errs}); status != exitOK {
			t.Fatalf("%v: %s", args, errs.String())
		}
		return out.String()
	}
	run("login-provider", "add", "acme", "issuer=https://acme.example", "client_id=x", "--secret-stdin")
	if list := run("login-provider", "list"); !strings.Contains(list, "http://localhost:8000/o/login/with/acme/callback/") {
		t.Errorf("before a server has used the database: %s", list)
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.UseIssuer(t.Context(), oauth.IssuerUse{Server: "s", Issuer: "https://id.example.com/o", Lasts: time.Minute}), store.Close()); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"list", "show acme"} {
		if text := run(append([]string{"login-provider"}, strings.Fields(command)...)...); !strings.Contains(text, "https://id.example.com/o/login/with/acme/callback/") {
			t.Errorf("%s: %s", command, text)
		}
	}
	t.Setenv("LATCHKEY_ISSUER", "https://new.example.com/o")
	if list := run("login-provider", "list"); !strings.Contains(list, "https://new.example.com/o/login/with/acme/callback/") {
		t.Errorf("with an issuer in the configuration: %s", list)
	}
}
