package provider_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// limited returns the tokens of a permission that the person gave for a period.
func (h *house) limited(p provider.Period, pairs ...string) *provider.TokenResponse {
	h.t.Helper()
	r, err := h.ask(pairs...)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Limit(p)
	fields := h.mustDecide(r, h.who, r.RequestedScopes()...)
	tokens, err := h.exchange(fields.Get("code"))
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens
}

func wantPeriodEnded(t *testing.T, err error) {
	t.Helper()
	rejected, ok := errors.AsType[*oauth.Error](err)
	if !ok || rejected.Code != oauth.CodeInvalidGrant || !strings.Contains(rejected.Description, "limited time") {
		t.Errorf("got %v, want that the limited time has passed", err)
	}
}

// TestPermissionForAPeriodEnds: neither refreshing nor a token that was issued shortly
// before the end extends the period.
func TestPermissionForAPeriodEnds(t *testing.T) {
	for _, test := range []struct {
		period provider.Period
		length time.Duration
	}{{provider.PeriodOnce, 3 * time.Hour}, {provider.PeriodDay, 24 * time.Hour}, {provider.PeriodMonth, 30 * 24 * time.Hour}} {
		for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			tokens := h.limited(test.period)
			h.pass(test.length - 10*time.Minute)
			tokens, err := h.refresh(tokens.RefreshToken)
			if err != nil {
				t.Fatalf("%s: %v", test.period, err)
			}
			if tokens.ExpiresIn > 600 || tokens.ExpiresIn < 590 || !h.active(tokens.AccessToken) {
				t.Errorf("%s, %s: an access token is valid for %d seconds, and the permission for 600", test.period, format, tokens.ExpiresIn)
			}
			if found, err := h.introspect(tokens.AccessToken); err != nil || found.ExpiresAt > h.now.Add(10*time.Minute).Unix() {
				t.Errorf("%s, %s: introspection reports a later end: %+v, %v", test.period, format, found, err)
			}
			h.pass(11 * time.Minute)
			if found, err := h.introspect(tokens.RefreshToken); err != nil || found.Active || h.active(tokens.AccessToken) {
				t.Errorf("%s, %s: a token is valid after the end", test.period, format)
			}
			_, err = h.refresh(tokens.RefreshToken)
			wantPeriodEnded(t, err)
			if _, err := h.refresh(tokens.RefreshToken); err == nil {
				t.Errorf("%s, %s: the family was not revoked", test.period, format)
			}
		}
	}
}

// TestPermissionForAPeriodIsNotRemembered: the person is asked again about the next request,
// and a remembered permission for the same scopes is forgotten.
func TestPermissionForAPeriodIsNotRemembered(t *testing.T) {
	h := newHouse(t, nil)
	next := func() provider.Step {
		t.Helper()
		r, err := h.ask()
		if err != nil {
			t.Fatal(err)
		}
		step, err := h.Next(t.Context(), r, &h.who)
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	h.limited(provider.PeriodUnlimited)
	if step := next(); step != provider.StepDone {
		t.Fatalf("after a permission without an end: got the step %s", step)
	}
	h.limited(provider.PeriodDay, "prompt", "consent")
	if step := next(); step != provider.StepConsent {
		t.Errorf("after a permission for a day: got the step %s", step)
	}
}

// TestTwoClicksWithTheSamePeriodCreateOneCode: the period begins with the request.
func TestTwoClicksWithTheSamePeriodCreateOneCode(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	decide := func(p provider.Period) string {
		t.Helper()
		again := *r
		again.Limit(p)
		return h.mustDecide(&again, h.who, r.RequestedScopes()...).Get("code")
	}
	first := decide(provider.PeriodDay)
	h.pass(time.Second)
	if second := decide(provider.PeriodDay); second != first {
		t.Error("the second click created another code")
	}
	if third := decide(provider.PeriodUnlimited); third == first {
		t.Error("another decision has the same code")
	}
	if _, err := h.exchange(first); err == nil {
		t.Error("the code of the decision that was replaced is valid")
	}
}
