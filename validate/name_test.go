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
		{"joiner between letters and a virama", "\u0995\u200d\u09cd\u09af"},
		{"joiner between ra and a letter", "\u09b0\u200d\u09af"},
		{"joiner between ra and a virama at the end", "\u09b0\u200d\u09cd"},
		{"two joiners between ra and a virama", "\u0cb0\u200d\u200d\u0ccd\u0caf"},
		{"joiner between ra and the virama of another script", "\u09b0\u200d\u0ccd\u0caf"},
		{"joiner after an emoji", "👩\u200d"},
		{"joiner before an emoji", "x\u200d💻"},
		{"joiner between an emoji and a letter", "👩\u200dx"},
		{"two joiners between emoji", "👩\u200d\u200d💻"},
		{"joiner between other symbols", "№\u200d№"},
		{"emoji selector after another symbol", "№\ufe0f"},
		{"two emoji selectors", "❤\ufe0f\ufe0f"},
		{"emoji selector after a digit", "1\ufe0f"},
		{"text selector of an emoji", "❤\ufe0e"},
		{"two selectors of an ideograph", "葛\U000e0100\U000e0101"},
		{"selector of an ideograph after kana", "か\U000e0100"},
		{"emoji selector after an ideograph", "葛\ufe0f"},
		{"Mongolian selector after another letter", "a\u180b"},
		{"Mongolian selector after a digit", "\u1810\u180b"},
		{"fourth Mongolian selector after another letter", "a\u180f"},
		{"two Mongolian selectors", "\u1820\u180b\u180c"},
		{"vowel separator at the end of a word", "\u182a\u180e"},
		{"vowel separator at the start of a word", "\u180e\u1820"},
		{"vowel separator after another letter", "a\u180e\u1820"},
		{"vowel separator before another vowel", "\u182a\u180e\u1822"},
		{"vowel separator inside a word", "\u182a\u180e\u1820\u182a"},
		{"two vowel separators", "\u182a\u180e\u180e\u1820"},
		{"Mongolian selector alone", "\u180b"},
		{"ideographic selector alone", "\U000e0100"},
		{"emoji selector alone", "\ufe0f"},
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
		"র\u200d\u09cdযাব", "ৰ\u200d\u09cdয", "ರ\u200d\u0ccdಯಾಂಕ್", "葛\U000e0100城 葛\U000e01ef", "ᠠ\u180bᠡ\u180cᠢ\u180dᠣ\u180f",
		"ᠰᠠᠷ\u180eᠠ", "ᠬᠠᠨ\u180eᠡ ᠨ\u180d\u180eᠠ",
		"👩\u200d💻 Ada", "👨🏽\u200d🚒", "❤\ufe0f\u200d🔥", "👩\u200d❤\ufe0f\u200d💋\u200d👨", "🏳\ufe0f\u200d🌈", "🧑🏿\u200d⚕\ufe0f", "1\ufe0f\u20e3 #\ufe0f\u20e3", "©\ufe0f",
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
