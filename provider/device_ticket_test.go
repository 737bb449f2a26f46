package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 8628 §6.1: user codes have no vowels and no look-alikes, and use all
// letters equally often.
func TestUserCodesAreRandom(t *testing.T) {
	counts := make(map[rune]int)
	const codes = 2000
	for range codes {
		code := newUserCode()
		if again, ok := parseUserCode(showUserCode(code)); !ok || again != code {
			t.Fatalf("code %q is read as %q", code, again)
		}
		for _, letter := range code {
			counts[letter]++
		}
	}
	if strings.ContainsAny(userCodeLetters, "AEIOUY0123456789") || len(counts) != len(userCodeLetters) {
		t.Errorf("the letters are %v", counts)
	}
	for letter, n := range counts {
		if mean := codes * userCodeLength / len(userCodeLetters); n < mean/2 || n > mean*2 {
			t.Errorf("%q occurs %d times, about %d are expected", letter, n, mean)
		}
	}
}

// A Store does not contain user codes. A code of another hour or server has
// another ID.
func TestIDOfAUserCodeDependsOnKeyCodeAndHour(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	id := userCodeID([]byte("key"), "BCDFGHJK", at)
	if userCodeID([]byte("key"), "BCDFGHJK", at.Add(50*time.Minute)) != id || !id.Time().Equal(at.Truncate(time.Hour)) {
		t.Error("the ID changes within the hour")
	}
	for name, other := range map[string]oauth.ID{
		"another key":  userCodeID([]byte("key2"), "BCDFGHJK", at),
		"another code": userCodeID([]byte("key"), "BCDFGHJL", at),
		"another hour": userCodeID([]byte("key"), "BCDFGHJK", at.Add(time.Hour)),
	} {
		if other == id {
			t.Errorf("%s: the ID is the same", name)
		}
	}
}
