package account

import (
	"strings"
	"testing"
)

// ASVS 6.2.4, 6.2.11: passwords that an attacker tries first are rejected.
func TestCommonPasswordsAreRejected(t *testing.T) {
	long := 0
	for line := range strings.Lines(commonPasswords) {
		word := strings.TrimSpace(line)
		if !isCommon(word) {
			t.Fatalf("%q is not found in the list", word)
		}
		if len(word) >= minPassword {
			long++
			if CheckPassword(word) == nil {
				t.Errorf("%q is accepted", word)
			}
		}
	}
	if long < 10_000 {
		t.Errorf("the list has only %d passwords of at least %d characters", long, minPassword)
	}
	for _, word := range []string{"", "\n", "zzzzzzzz\n", "a", "~~~~~~~~~"} {
		if isCommon(word) {
			t.Errorf("%q is common", word)
		}
	}
}

func TestPasswordsThatAreEasyToGuessAreRejected(t *testing.T) {
	own := []string{"ada.l", "Ada Lovelace", "countess@engines.example", "1815-12-10", "18151210"}
	for _, password := range []string{
		"password1", "PASSWORD", "Pa55w0rd!", "p@ssw0rd2026", "!!dragon!!", "monkey1234",
		"aaaaaaaa", "abababab", "12341234123", "passwordpassword", "dragondragond",
		"abcdefgh", "hgfedcba", "987654321", "qwertyuiop", "asdfghjkl", "LKJHGFDSA",
		"lovelace", "Lovelace1815", "adalovelace", "ada.lovelace!", "4d4l0v3lace", "AdaAdaAda1", "lovelace-dragon", "countess@engines.example",
		"countess1", "18151210", "ada18151210", "\uff4c\uff4f\uff56\uff45\uff4c\uff41\uff43\uff45", // full width
	} {
		if CheckPassword(password, own...) == nil {
			t.Errorf("%q is accepted", password)
		}
	}
	for _, password := range []string{
		"correct horse", "correct horse battery staple", "a whole new password", "quite another password", "jfk3-9sdf", "lovelace counts 7 pigeons",
		"\u00e4rger im b\u00fcro", "\u0445\u043e\u0440\u043e\u0448\u0438\u0439 \u0434\u0435\u043d\u044c", GeneratePassword(), "the-engine-of-babbage", strings.Repeat("\u00fc\u00e9x1?", 40)[:100],
	} {
		if err := CheckPassword(password, own...); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}
