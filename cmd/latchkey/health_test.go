package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestHealthAsksTheServerWithTheSameSettings in the way in which a container
// platform does: with the same environment and without arguments.
func TestHealthAsksTheServerWithTheSameSettings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--shutdown-delay", "1h")
	port := s.listens[strings.LastIndex(s.listens, ":"):]
	ops := s.ops[strings.LastIndex(s.ops, ":"):]
	ask := func(env []string, args ...string) (string, error) {
		var out bytes.Buffer
		cmd := exec.Command(program(t), append([]string{"health"}, args...)...)
		cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &out
		err := cmd.Run()
		return out.String(), err
	}
	for _, test := range []struct {
		env, args []string
		want      string
	}{
		{env: []string{"LATCHKEY_ADDR=" + port}, want: "ok"},
		{env: []string{"LATCHKEY_ADDR=0.0.0.0" + port}, want: "ok"},
		{env: []string{"LATCHKEY_ADDR=127.0.0.1:1", "LATCHKEY_OPS_ADDR=" + ops}, want: "ok"},
		{env: []string{"LATCHKEY_OPS_ADDR=" + ops}, args: []string{"--ready"}, want: `"database":"ok"`},
		{args: []string{s.listens + "/healthz"}, want: "ok"},
		{args: []string{s.listens}, want: "ok"}, // the path is added
		{args: []string{s.listens + "/"}, want: "ok"},
		{args: []string{"--ready", s.ops}, want: `"database":"ok"`},
	} {
		if got, err := ask(test.env, test.args...); err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%v %v: %v %s", test.env, test.args, err, got)
		}
	}
	for want, args := range map[string][]string{
		"404":                                {s.listens + "/none"},
		"a web page, and not a health check": {s.listens + "/o/login/"},
		"is not the health check of a Latchkey server": {s.issuer + "/.well-known/openid-configuration"},
		"not an http or https URL":                     {"localhost"},
		"served only on --ops-addr":                    {"--ready"},
		"connection refused":                           {"http://127.0.0.1:1/healthz"},
		"accepts [URL], and got 2 arguments":           {"http://a/", "http://b/"},
		"unknown flag: --no-such-option":               {"--no-such-option"},
	} {
		if got, err := ask(nil, args...); err == nil || !strings.Contains(got, want) || strings.Contains(got, "<html") {
			t.Errorf("%v: %v %s", args, err, got)
		}
	}
	for want, env := range map[string][]string{
		"The address comes from LATCHKEY_ADDR. If the server has another address": {"LATCHKEY_ADDR=127.0.0.1:1"},
		"The address comes from LATCHKEY_OPS_ADDR":                                {"LATCHKEY_ADDR=" + port, "LATCHKEY_OPS_ADDR=127.0.0.1:1"},
	} {
		if got, err := ask(env); err == nil || !strings.Contains(got, want) {
			t.Errorf("%v: %v %s", env, err, got)
		}
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { status, _ := fetch(t, s.ops+"/healthz"); return status == http.StatusServiceUnavailable })
	if got, err := ask([]string{"LATCHKEY_ADDR=" + port}); err == nil || !strings.Contains(got, "stopping") {
		t.Errorf("while the server stops: %v %s", err, got)
	}
}

// TestHealthVerifiesOnlyCertificatesOfOtherServers: the certificate of the server
// on this machine is for the name that people use.
func TestHealthVerifiesOnlyCertificatesOfOtherServers(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--tls-self-signed")
	cmd := exec.Command(program(t), "health")
	cmd.Env = []string{"LATCHKEY_TLS_SELF_SIGNED=true", "LATCHKEY_ADDR=" + strings.TrimPrefix(s.listens, "https://")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v %s", err, out)
	}
	if out, err := exec.Command(program(t), "health", s.listens+"/healthz").CombinedOutput(); err == nil || !strings.Contains(string(out), "certificate") {
		t.Errorf("%v %s", err, out)
	}
}
