package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 8628 §6.1: a code is accepted in any letter case, with or without
// separators.
func TestUserCodeIsAcceptedAsPeopleTypeIt(t *testing.T) {
	h := newHouse(t, nil)
	code := h.device().UserCode
	plain := strings.ReplaceAll(code, "-", "")
	for _, text := range []string{
		code, plain, strings.ToLower(code), " " + strings.ToLower(plain) + "\n", strings.Join(strings.Split(plain, ""), " "),
		plain[:4] + "–" + plain[4:], plain[:4] + " - " + plain[4:], plain[:2] + "." + plain[2:],
	} {
		if _, err := h.BeginDevice(ctx, h.who, text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "-", plain[:7], plain + "B", "A" + plain[1:], "0" + plain[1:], plain + strings.Repeat(" ", 100), "\x00" + plain, plain[:7] + "\xff"} {
		if _, err := h.BeginDevice(ctx, h.who, text); !isProblem(err, provider.UserCodeUnknown) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func isProblem(err error, want provider.UserCodeProblem) bool {
	found, ok := errors.AsType[*provider.UserCodeError](err)
	return ok && found.Problem == want
}

// A code says what happened to it, also after the hour has changed.
func TestUserCodeThatWasUsedOrHasExpired(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.DeviceCodeTTL = time.Hour })
	h.pass(50 * time.Minute) // 05:56:07
	used, expired := h.device().UserCode, h.device().UserCode
	h.pass(59 * time.Minute)
	h.approveDevice(used)
	if _, err := h.BeginDevice(ctx, h.who, used); !isProblem(err, provider.UserCodeUsed) {
		t.Errorf("used: %v", err)
	}
	h.pass(time.Minute)
	if _, err := h.BeginDevice(ctx, h.who, expired); !isProblem(err, provider.UserCodeExpired) {
		t.Errorf("expired: %v", err)
	}
}

// guess returns the n-th code of a guesser.
func guess(n int) string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	text := []byte("BBBBBBBB")
	for i := range text {
		text[i], n = letters[n%len(letters)], n/len(letters)
	}
	return string(text)
}

// RFC 8628 §5.1: 10,000 wrong codes of a person find nothing, because only the
// first few are looked up, and lock nobody else out.
func TestGuessesAtUserCodesAreLimitedPerPerson(t *testing.T) {
	h := newHouse(t, nil)
	code := h.device().UserCode
	guesser := oauth.Authentication{Subject: "mallory", SessionID: "m", AuthTime: h.now}
	lookedUp := 0
	for n := range 10_000 {
		_, err := h.BeginDevice(ctx, guesser, guess(n))
		switch {
		case isProblem(err, provider.UserCodeUnknown):
			lookedUp++
		case !isProblem(err, provider.UserCodeThrottled):
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	if lookedUp != 10 {
		t.Errorf("%d guesses were looked up", lookedUp)
	}
	_, err := h.BeginDevice(ctx, guesser, code)
	if e, ok := errors.AsType[*provider.UserCodeError](err); !ok || e.Problem != provider.UserCodeThrottled || e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
		t.Errorf("the right code after too many guesses: %v", err)
	}
	h.enter(code) // another person
	h.pass(time.Minute)
	if _, err := h.BeginDevice(ctx, guesser, code); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// A person who enters valid codes, or texts that are not codes, is not throttled.
func TestOnlyWrongUserCodesCount(t *testing.T) {
	h := newHouse(t, nil)
	code := h.device().UserCode
	for i := range 50 {
		if _, err := h.BeginDevice(ctx, h.who, code); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BeginDevice(ctx, h.who, fmt.Sprint("text ", i)); !isProblem(err, provider.UserCodeUnknown) {
			t.Fatal(err)
		}
	}
}

func FuzzUserCode(f *testing.F) {
	for _, text := range []string{"BCDF-GHJK", "bcdf ghjk", "", "BCDF–GHJK", "\xff\x00", "ſſſſſſſſ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := provider.FormatUserCode(text)
		if shown == "" {
			return
		}
		if len(shown) != 9 || strings.Trim(shown, "BCDFGHJKLMNPQRSTVWXZ-") != "" || provider.FormatUserCode(shown) != shown {
			t.Errorf("%q is shown as %q", text, shown)
		}
	})
}
