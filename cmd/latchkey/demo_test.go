package main

import "testing"

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
