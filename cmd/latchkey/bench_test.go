package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

func TestBenchMeasuresAServerOfThisMachine(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0")
	app := runJSON(t, data, "app", "add", "--name", "Load", "--grant", "client_credentials")
	cmd := exec.Command(program(t), "bench", s.issuer, "--client-id", app["client_id"].(string), "--client-secret-stdin", "--time", "10s", "--max-requests", "40", "--json")
	cmd.Stdin = strings.NewReader(app["client_secret"].(string) + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, string(out))
	}
	var results []measured
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Operation)
		if r.Requests != 40 || r.Failed != 0 || r.Rate <= 0 || r.Most < r.Median {
			t.Errorf("%+v", r)
		}
	}
	if got := strings.Join(names, ", "); got != "discovery, keys, client credentials, introspection" {
		t.Errorf("measured: %s", got)
	}
}

func TestBenchShowsOnATerminalHowFarItIs(t *testing.T) {
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	for _, terminal := range []bool{true, false} {
		var shown bytes.Buffer
		m := &measurement{connections: 2, count: 20, time: mostTime, bar: &progress{to: &shown, terminal: terminal}}
		if _, err := m.run(t.Context(), s.issuer); err != nil {
			t.Fatal(err)
		}
		m.bar.end()
		found := strings.Contains(shown.String(), "\rmeasure discovery ") && strings.Contains(shown.String(), "\rmeasure keys ") && strings.HasSuffix(shown.String(), " \r")
		if found != terminal || (!terminal && shown.Len() > 0) {
			t.Errorf("on a terminal %t it shows %q", terminal, &shown)
		}
	}
}

func TestBenchLeavesOtherMachinesAlone(t *testing.T) {
	for _, c := range []struct {
		name, issuer string
		args         []string
		want         string
	}{
		{"an address elsewhere", "http://192.0.2.1/o", nil, "latchkey: this server is not on this machine: add --remote if it is yours\n"},    // TEST-NET-1: dialled by nobody
		{"a name elsewhere", "http://latchkey.example/o", nil, "latchkey: this server is not on this machine: add --remote if it is yours\n"}, // nobody is asked where it is
		{"no URL", "localhost", nil, "is no URL"},
		{"too many connections", "http://localhost:1/o", []string{"--connections", "1000"}, "--connections is from 1 to 256"},
		{"for too long", "http://localhost:1/o", []string{"--time", "1h"}, "--time is from 100ms to 1m0s"},
		{"an application without its secret", "http://localhost:1/o", []string{"--client-id", "x"}, "go together"},
	} {
		out, err := exec.Command(program(t), append([]string{"bench", c.issuer}, c.args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v %s", c.name, err, out)
		}
	}
}
