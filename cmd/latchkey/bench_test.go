package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
)

func TestBenchMeasuresARunningServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0")
	app := runJSON(t, data, "app", "add", "--name", "Load", "--grant", "client_credentials")
	cmd := exec.Command(program(t), "bench", s.issuer, "--client-id", app["client_id"].(string), "--client-secret-stdin", "--time", "1m", "--max-requests", "40", "--json")
	cmd.Stdin = strings.NewReader(app["client_secret"].(string) + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, string(out))
	}
	var results []loadtest.Result
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Operation)
		if r.Requests != 40 || r.Failed != 0 || r.Rate <= 0 || r.Max < r.Median {
			t.Errorf("%+v", r)
		}
	}
	if got := strings.Join(names, ", "); got != "discovery, keys, client credentials, introspection" {
		t.Errorf("measured: %s", got)
	}
}

func TestBenchRejectsOtherMachinesAndWrongOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, issuer string
		args         []string
		want         string
	}{
		{"address of another machine", "http://192.0.2.1/o", nil, "latchkey: this server is not on this machine. Add --remote if you operate it\n"}, // TEST-NET-1
		{"name that needs DNS", "http://latchkey.example/o", nil, "latchkey: this server is not on this machine. Add --remote if you operate it\n"}, // reserved by RFC 2606
		{"not a URL", "localhost", nil, "is not a URL"},
		{"too many connections", "http://localhost:1/o", []string{"--connections", "5000"}, "--connections must be between 1 and 4096"},
		{"too long", "http://localhost:1/o", []string{"--time", "1h"}, "--time must be between 100ms and 1m0s"},
		{"client id without a secret", "http://localhost:1/o", []string{"--client-id", "x"}, "must be given together"},
	} {
		out, err := exec.Command(program(t), append([]string{"bench", c.issuer}, c.args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v %s", c.name, err, out)
		}
	}
}
