package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func askEveryTime(c *oauth.Client) { c.AskEveryTime = true }

// TestAServerThatAsksEveryTimeAsksAgain, except for applications that skip
// authorization.
func TestAServerThatAsksEveryTimeAsksAgain(t *testing.T) {
	for skip, want := range map[bool]provider.Step{false: provider.StepConsent, true: provider.StepDone} {
		h := newHouse(t, func(config *provider.Config, c *oauth.Client) { config.AskEveryTime, c.SkipAuthorization = true, skip })
		if !skip {
			h.code()
		}
		r, err := h.ask()
		if err != nil {
			t.Fatal(err)
		}
		if step, err := h.Next(ctx, r, &h.who); err != nil || step != want {
			t.Errorf("skip authorization %v: got %s %v, want %s", skip, step, err, want)
		}
	}
}

func TestAnApplicationCannotBothSkipAuthorizationAndAskEveryTime(t *testing.T) {
	h := newHouse(t, nil)
	c := h.client()
	c.AskEveryTime, c.SkipAuthorization = true, true
	if faults := provider.ValidateClient(c, oauth.DefaultScopeInfos()); len(faults) != 1 || faults[0].Field != "ask_every_time" {
		t.Errorf("got %v", faults)
	}
}
