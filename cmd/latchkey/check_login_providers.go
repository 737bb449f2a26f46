package main

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// checkLoginProviders checks the settings of the login providers, and whether each can be
// reached.
func (c *command) checkLoginProviders(ctx context.Context, add addFinding) {
	if upstream.Check(c.config.LoginProviders) != nil {
		return // checkFaults reports it
	}
	for _, s := range c.config.LoginProviders {
		if s.SignsUp() && len(s.EmailDomains) == 0 && len(s.Groups) == 0 && len(s.Tenants) == 0 {
			add("LK050", livecheck.Warning, "The login provider %s creates an account for every person with an account there. Set email_domains, groups or tenants, unless you want that.", s.Name)
		}
		if s.ClientSecret == "" {
			add("LK053", livecheck.Warning, "The login provider %s has no client secret. Set %s_FILE to the path of a file that contains it, unless this server is a public client there.", s.Name, secretVariable(s.Name))
		}
		p, err := c.openProvider(s)
		if err == nil && !s.HasPasswords() {
			_, err = p.URL(ctx, upstream.NewRequest(rand.Text(), rand.Text(), time.Now()))
		} else if err == nil {
			_, err = p.Find(ctx, "test-"+strings.ToLower(rand.Text()))
		}
		if err != nil {
			add("LK048", livecheck.Error, "People cannot log in with %s: %v.", s.Name, err)
		}
	}
}
