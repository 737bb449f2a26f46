package main

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestCheckKnowsTheResourcesOfTheServer: an application may request tokens for the admin API, which
// is not in the configuration file.
func TestCheckKnowsTheResourcesOfTheServer(t *testing.T) {
	c := &command{config: new(config)}
	c.config.Issuer = "https://id.example/o"
	for uri, want := range map[string]bool{"https://id.example/admin/api/v1": false, "https://other.example/": true} {
		found := false
		c.checkClient(&oauth.Client{ID: "x", Name: "X", Resources: []string{uri}}, func(id string, _ livecheck.Level, _ string, _ ...any) {
			found = found || id == "LK028"
		})
		if found != want {
			t.Errorf("%s: reported %v, want %v", uri, found, want)
		}
	}
}
