package validate_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestNamesContainNoInvisibleCharacters(t *testing.T) {
	for _, c := range []struct{ character, text string }{
		{"NUL", "ad\x00min"},
		{"line feed", "ad\nmin"},
		{"tab", "ad\tmin"},
		{"escape", "ad\x1b[2Jmin"},
		{"C1 control", "ad\u0085min"},
		{"line separator", "ad\u2028min"},
		{"paragraph separator", "ad\u2029min"},
		{"not UTF-8", "ad\xffmin"},
		{"half a surrogate", "ad\xed\xa0\x80min"},
		{"right-to-left override", "ad\u202emin"},
		{"left-to-right embedding", "ad\u202amin"},
		{"pop directional formatting", "ad\u202cmin"},
		{"right-to-left isolate", "ad\u2067min"},
		{"first strong isolate", "ad\u2068min"},
		{"pop directional isolate", "ad\u2069min"},
		{"left-to-right mark", "ad\u200emin"},
		{"right-to-left mark", "ad\u200fmin"},
		{"Arabic letter mark", "ad\u061cmin"},
		{"zero width space", "ad\u200bmin"},
		{"zero width non-joiner", "ad\u200cmin"},
		{"zero width joiner", "ad\u200dmin"},
		{"word joiner", "ad\u2060min"},
		{"byte order mark", "ad\ufeffmin"},
		{"soft hyphen", "ad\u00admin"},
		{"combining grapheme joiner", "ad\u034fmin"},
		{"Mongolian vowel separator", "ad\u180emin"},
		{"Hangul filler", "ad\u3164min"},
		{"halfwidth Hangul filler", "\uffa0"},
		{"Hangul choseong filler", "ad\u115fmin"},
		{"invisible times", "ad\u2062min"},
		{"interlinear annotation", "ad\ufff9min"},
		{"language tag", "ad\U000e0041min"},
		{"variation selector", "ad\ufe0fmin"},
		{"variation selector of an ideograph", "ad\U000e0100min"},
		{"Khmer vowel", "ad\u17b4min"},
		{"empty Braille pattern", "\u2800"},
		{"empty musical symbol", "\U0001d159"},
		{"musical format", "ad\U0001d173min"},
		{"non-joiner after a letter that does not join", "\u062f\u200c\u0627"},
		{"joiner at the end", "\u0628\u200d"},
	} {
		if faults := validate.Name("name", "x "+c.text); len(faults) != 1 || faults[0].Field != "name" {
			t.Errorf("%s: got %v", c.character, faults)
		}
		if faults := validate.Name("name", c.text); faults == nil {
			t.Errorf("%s: accepted alone", c.character)
		}
	}
}

func TestNamesOfAllLanguagesAreAccepted(t *testing.T) {
	for _, name := range []string{
		"", "Ada Lovelace", "Zoë O’Connor-Łoś", "e\u0301", "小林 太郎", "김민수", "محمد", "علی\u200cرضا می\u200cخواهد", "דָּנָה", "क्\u200dष", "श्री",
		"ลูกค้า", "My shop · Admin", "Shop №1 (new) — “test” & <b>", "🚀 Rocket", "❤\ufe0f Shop", "a\u00a0b", "全角\u3000空白",
	} {
		if faults := validate.Name("name", name); faults != nil {
			t.Errorf("%q: %v", name, faults)
		}
	}
}

func TestVisibleReplacesWhatNameRejects(t *testing.T) {
	if got, want := validate.Visible("a\u202eb\xffc\n\u200d"), "a\ufffdb\ufffdc\ufffd\ufffd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
