package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckReportsFaultsOfResources that prevent a start, and those that make a
// resource unsafe or useless.
func TestCheckReportsFaultsOfResources(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "latchkey.yaml")
	app := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(program(t), append([]string{"app", "add", "--data", data, "--name", "App", "--grant", "client"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	app("--scope", "read", "--allowed-resource", "https://A.example/")
	app("--client-id", "api", "--resource-server", "--allowed-resource", "https://a.example")
	const scopes = "client_documents: off\nscopes: [{name: read}, {name: write}, {name: pay}]\nresources:\n"
	for name, test := range map[string]struct {
		resources string
		want      map[string]string // parts of the texts by their numbers
		status    int
	}{
		"no fault": {`- {uri: "https://a.example", scopes: [read], client_id: api, signing_alg: RS256}`, nil, exitOK},
		"faults": {`
- {uri: "https://a.example"}
- {uri: "HTTPS://A.example:443/"}
- {uri: "api"}
- {uri: "https://b.example", scopes: [unknown]}
- {uri: "https://c.example", access_token_ttl: 745h}
- {uri: "https://d.example", token_format: xml}`, map[string]string{
			"LK031": `"HTTPS://A.example:443/": the URI is already in the list|"api": it is not an absolute URI|"unknown" is not one of the scopes of the server|lifetime is 745h0m0s|format "xml" is not one of`,
			"LK033": "resource https://c.example is 745h0m0s",
			"LK035": "resource https://b.example with one of its scopes (unknown)",
		}, exitFailed},
		"warnings": {`
- {uri: "http://a.internal"}
- {uri: "http://localhost:9090/mcp", access_token_ttl: 48h}
- {uri: "https://a.example", scopes: [pay], token_format: opaque, signing_alg: ES256, client_id: other}`, map[string]string{
			"LK032": "resource http://a.internal does not use https",
			"LK033": "resource http://localhost:9090/mcp is 48h0m0s",
			"LK034": "signing_alg of the resource https://a.example",
			"LK035": "resource http://a.internal.|resource http://localhost:9090/mcp.",
			"LK036": "resource https://a.example is other",
		}, exitOK},
	} {
		write(t, file, scopes+test.resources)
		found, status := runCheck(t, data, "--config", file)
		if status != test.status {
			t.Errorf("%s: status %d, %v", name, status, found)
		}
		for _, id := range []string{"LK031", "LK032", "LK033", "LK034", "LK035", "LK036"} {
			for part := range strings.SplitSeq(test.want[id], "|") {
				if (found[id].ID != "") != (part != "") || !strings.Contains(found[id].Text, part) {
					t.Errorf("%s: %s is %q, want %q", name, id, found[id].Text, part)
				}
			}
		}
	}
}

// TestCheckReportsAResourceThatNoApplicationMayRequest names its scopes. Applications that
// register themselves can request every resource.
func TestCheckReportsAResourceThatNoApplicationMayRequest(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "latchkey.yaml")
	if out, err := exec.Command(program(t), "migrate", "--create", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for settings, reported := range map[string]bool{
		"client_documents: off": true, "client_documents: deny": true,
		"client_documents: deny\nclient_documents_ask: [app.example]": false, "client_documents: ask": false,
		"client_documents: off\nregistration: open": false,
	} {
		write(t, file, settings+"\nscopes: [{name: pay}]\nresources: [{uri: 'https://a.example', scopes: [pay]}]")
		found, _ := runCheck(t, data, "--config", file)
		if text := found["LK035"].Text; strings.Contains(text, "https://a.example with one of its scopes (pay)") != reported {
			t.Errorf("%s: %q", settings, text)
		}
	}
}
