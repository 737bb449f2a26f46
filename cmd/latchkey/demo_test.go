package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

// TestDemoLetsApplicationsRegisterUnlessItIsClosed: the consumer of the demo creates its
// application with one click.
func TestDemoLetsApplicationsRegisterUnlessItIsClosed(t *testing.T) {
	for want, given := range map[string]struct{ args, env []string }{
		"open":   {},
		"closed": {args: []string{"--registration", "closed"}},
		"token":  {env: []string{"LATCHKEY_REGISTRATION=token"}},
	} {
		c := &command{config: newConfig()}
		cmd := c.demo()
		if err := cmd.ParseFlags(given.args); err != nil {
			t.Fatal(err)
		}
		cmd.PreRun(cmd, nil)
		if err := c.config.load(cmd.Flags(), "", given.env); err != nil {
			t.Fatal(err)
		}
		if c.config.Registration != want {
			t.Errorf("with %v: got %s, want %s", given, c.config.Registration, want)
		}
	}
	c := &command{config: newConfig()}
	_ = c.demo()
	if c.config.Registration != "closed" {
		t.Errorf("other commands have %s", c.config.Registration)
	}
}

// TestDemoReportsBothAddressesThatAreInUse, so that a person chooses both at once.
func TestDemoReportsBothAddressesThatAreInUse(t *testing.T) {
	t.Parallel()
	args := []string{"demo", "--data", t.TempDir()}
	for _, flag := range []string{"--addr", "--consumer-addr"} {
		l, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		args = append(args, flag, l.Addr().String())
	}
	var out bytes.Buffer
	status := execute(t.Context(), args, streams{strings.NewReader(""), &out, &out})
	if status != exitFailed || !strings.Contains(out.String(), args[4]) || !strings.Contains(out.String(), args[6]) {
		t.Errorf("status %d: %s", status, out.String())
	}
}
