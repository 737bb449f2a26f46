package resource_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

func TestRateLimitCountsClientsAndPeople(t *testing.T) {
	now := time.Unix(1000, 0)
	limit := &resource.RateLimit{
		Client: resource.Rate{Requests: 4, Per: time.Minute}, Person: resource.Rate{Requests: 2, Per: time.Minute},
		Clock: func() time.Time { return now },
	}
	token := func(person, client string) *resource.Token { return &resource.Token{Subject: person, ClientID: client} }
	for i, step := range []struct {
		pass           time.Duration
		person, client string
		wait           time.Duration
	}{
		{0, "ada", "app", 0},
		{0, "ada", "app", 0},
		{0, "ada", "app", 30 * time.Second}, // the limit of the person
		{0, "ada", "other", 30 * time.Second},
		{0, "ben", "app", 0},
		{0, "app", "app", 0},                // the client itself
		{0, "eve", "app", 15 * time.Second}, // the limit of the client
		{10 * time.Second, "ada", "other", 20 * time.Second},
		{20 * time.Second, "ada", "other", 0},
		{0, "ada", "other", 30 * time.Second},
		{time.Hour, "ada", "app", 0},
		{0, "ada", "app", 0},
		{0, "ada", "app", 30 * time.Second},
	} {
		now = now.Add(step.pass)
		if wait := limit.Wait(t.Context(), token(step.person, step.client)); wait != step.wait {
			t.Errorf("step %d: %s with %s has to wait %s, want %s", i, step.person, step.client, wait, step.wait)
		}
	}
	issuers := []*resource.Token{{Issuer: "https://a.example", Subject: "x", ClientID: "a"}, {Issuer: "https://b.example", Subject: "x", ClientID: "a"}}
	for range 2 {
		for _, token := range issuers {
			if wait := limit.Wait(t.Context(), token); wait != 0 {
				t.Errorf("the same subject at %s has to wait %s", token.Issuer, wait)
			}
		}
	}
	var none resource.RateLimit
	if wait := none.Wait(t.Context(), token("ada", "app")); wait != 0 {
		t.Errorf("without a limit: %s", wait)
	}
}

// TestLimitErrorNamesEveryoneWhoseLimitItCanBe: Guard.Limit does not say whose limit is exceeded.
func TestLimitErrorNamesEveryoneWhoseLimitItCanBe(t *testing.T) {
	for want, token := range map[string]*resource.Token{
		`of client "app" or person "ada" is exceeded`: {ClientID: "app", Subject: "ada"},
		`of client "app" or person "bob" is exceeded`: {ClientID: "app", Username: "bob"},
		`of client "app" is exceeded`:                 {ClientID: "app", Subject: "app", ClientOnly: true},
		`a client sent too many wrong credentials`:    nil,
	} {
		err := &resource.LimitError{Token: token, RetryAfter: time.Second}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

// TestRateLimitIsBoundedInMemory: people who use the API once do not fill it.
func TestRateLimitIsBoundedInMemory(t *testing.T) {
	limit := &resource.RateLimit{Person: resource.Rate{Requests: 1, Per: time.Hour}}
	limit.Fill(100_000)
	for i := range 10 {
		if wait := limit.Wait(t.Context(), &resource.Token{Subject: strconv.Itoa(i)}); wait != 0 {
			t.Fatalf("person %d has to wait %s", i, wait)
		}
	}
	if n := limit.Counted(); n > 100_000 || n < 80_000 {
		t.Errorf("%d people are counted", n)
	}
}
