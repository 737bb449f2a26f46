package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// inFile are lines of a configuration file with a mistake, by the setting that is wrong.
// A setting that accepts every text of its type is in freeText.
var inFile = map[string][]string{
	"addr":                    {"localhost", "localhost:99999", "unix:/tmp/x", "[localhost:1]"},
	"ops_addr":                {`"9090"`},
	"consumer_addr":           {"localhost"},
	"log_level":               {"loud"},
	"log_format":              {"xml"},
	"tls_cert":                {"a\ntls_key: b"},
	"tls_key":                 {"b"},
	"tls_self_signed":         {"true\ntls_cert: a\ntls_key: b", "perhaps"},
	"db":                      {"mysql://x"},
	"issuer":                  {"http://id.example.com/o", "https://id.example.com/o/", "id"},
	"scopes":                  {"orders", "[orders]", "{team: See}", "[{name: pay, second_factr: true}]", "[{name: pay, optional: maybe}]", "[{name: a b}]", "[{name: a, claims: {x: y}}]", "[{name: a, claims: [sub]}]", "[{name: a, weight: big}]"},
	"resources":               {"https://x.example", "[{uri: https://x.example, token_fromat: jwt}]", "[{uri: https://x.example, access_token_ttl: 10}]", "[{uri: x}]"},
	"trusted_issuers":         {"[{issuer: https://x.example, uses: [token_exchange], person: {by: email, calim: x}}]", "[{issuer: https://x.example, uses: [token_exchange], person: email}]", "[{issuer: https://x.example}]"},
	"login_providers":         {"[{name: up, issuer: https://x.example, client_id: a, claims: username}]", "[{nama: up}]", "[{name: up, issuer: https://x.example}]", "up", "[{name: up, client_secret: s}]"},
	"webhooks":                {"[{name: w, url: ftp://x}]", "[{name: w, ulr: x}]", "x"},
	"cookie_suffix":           {"A B"},
	"developers":              {"somebody", `"group:"`},
	"device_verification_uri": {"x"},
	"registration":            {"opn"},
	"client_documents":        {"perhaps"},
	"client_documents_ask":    {"https://x.example", "{a: b}"},
	"client_documents_allow":  {"https://x.example"},
	"client_documents_deny":   {"https://x.example"},
	"require_second_factor":   {"all"},
	"email_codes":             {"on"},
	"acr_values":              {"[a, b]"},
	"breach_list":             {"foo", "http://list.example/", "ftp://list.example/"},
	"passkey_domain":          {"example.com"},
	"brand":                   {`"a\nb"`},
	"brand_color":             {"blue", `"#ffff00"`},
	"brand_color_dark":        {"blue", `"#ffffff"`},
	"brand_logo":              {"nofile.png", "latchkey.yaml"},
	"templates":               {"nodir", "tpl"},
	"outbound_ca":             {"nofile.pem", "latchkey.yaml"},
	"trusted_proxies":         {"everywhere"},
	"insecure_outbound":       {"everywhere"},
	"smtp_host":               {"localhost\nsmtp_from: nobody@"},
	"smtp_from":               {"nobody\nsmtp_host: localhost"},
	"master_key":              {"x"},
	"smtp_password":           {"x"},
}

// freeText are settings for which every text is right, each with the reason.
var freeText = map[string]string{
	"data":           "a folder, which is created",
	"audience":       "any name of an API",
	"geoip_database": "the server also starts without the file",
	"smtp_user":      "any name",
}

// TestCheckAndServeRejectTheSameSettings writes each mistake into a file. serve rejects
// it before it opens a port, check finds an error (for the first mistake of each setting;
// both call settingFaults), and both name the setting as it is
// in the file. A setting without a mistake in this test fails it, so that none is declared
// without a check.
func TestCheckAndServeRejectTheSameSettings(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.MkdirAll("tpl/web", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "tpl/web/logn.html", "x")
	run := func(args ...string) (out, errs string, status int) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var stdout, stderr bytes.Buffer
		status = execute(ctx, args, streams{strings.NewReader(""), &stdout, &stderr})
		return stdout.String(), stderr.String(), status
	}
	for _, s := range settings.Of(newConfig()) {
		mistakes := slices.Concat(inFile[s.Key], ofType(s))
		if len(mistakes) == 0 && freeText[s.Key] == "" {
			t.Errorf("%s: there is no mistake to test. Declare bounds with the tags min and max, check the value, or add the reason to freeText", s.Key)
		}
		for i, mistake := range mistakes {
			lines := s.Key + ": " + mistake + "\n"
			for key, value := range map[string]string{"addr": "127.0.0.1:0", "issuer": "https://id.test/o"} {
				if s.Key != key && !(s.Key == "addr" && strings.HasPrefix(mistake, unixPrefix)) {
					lines += key + ": " + value + "\n"
				}
			}
			path := filepath.Join(folder, "latchkey.yaml")
			write(t, path, lines)
			name := path + ": " + s.Key
			if strings.HasPrefix(mistake, unixPrefix) || s.Key == "tls_key" || s.Key == "smtp_host" {
				name = "" // it is about two settings
			}
			serve := []string{"serve", "--config", path, "--data", folder}
			if s.Key != "log_format" {
				serve = append(serve, "--log-format", "text")
			}
			_, errs, status := run(serve...)
			if status != exitUsage || !strings.Contains(errs, name) { // a restart does not help; see docs/how-to/operate.md
				t.Errorf("%q: serve exits with %d and says %s, want %s", lines, status, errs, name)
			}
			if i > 0 {
				continue // check opens the database, which takes a while
			}
			out, errs, status := run("check", "--json", "--config", path, "--data", folder)
			if status == exitUsage {
				out = errs
			} else {
				var found []livecheck.Finding
				if err := json.Unmarshal([]byte(out), &found); err != nil {
					t.Fatalf("%q: %v: %s %s", lines, err, out, errs)
				}
				out = ""
				for _, f := range found {
					if f.Level == livecheck.Error {
						out += f.Text + "\n"
					}
				}
			}
			if status == exitOK || !strings.Contains(out, name) {
				t.Errorf("%q: check exits with %d and says %s, want %s", lines, status, out, name)
			}
		}
	}
}

// ofType returns mistakes that the type of a setting makes possible.
func ofType(s settings.Setting) (mistakes []string) {
	switch s.Pointer.(type) {
	case *bool:
		return []string{"perhaps", "[true]"}
	case *int:
		mistakes = []string{"many"}
	case *time.Duration:
		mistakes = []string{"60", "soon"}
	case *[]netip.Prefix, *[]string:
		return []string{"{a: b}"}
	default:
		return nil
	}
	if s.Min == "" {
		return nil // Faults panics
	}
	value := reflect.ValueOf(s.Pointer).Elem()
	outside := func(n int64) {
		value.SetInt(n)
		mistakes = append(mistakes, strings.TrimSuffix(reflectText(value), "\n"))
	}
	if !s.Negative {
		outside(-3_600_000_000_000)
	}
	if s.Max != "" {
		outside(9_000_000_000_000_000)
	}
	return mistakes
}

func reflectText(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String()
	}
	text, _ := json.Marshal(v.Interface())
	return string(text)
}
