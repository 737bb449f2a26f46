package validate

import (
	"strings"
	"unicode"
)

// withoutShaping returns text without the characters that cannot be seen, but
// visibly change the characters beside them. Names of several languages, and
// emoji, need them.
func withoutShaping(text string) string {
	all := []rune(text)
	var rest strings.Builder
	for i, r := range all {
		if !shapes(all, i) {
			rest.WriteRune(r)
		}
	}
	return rest.String()
}

// shapes reports whether the character at i is one that withoutShaping removes.
func shapes(text []rune, i int) bool {
	at := func(i int) rune {
		if i < 0 || i >= len(text) {
			return 0
		}
		return text[i]
	}
	before, after := at(i-1), at(i+1)
	switch r := text[i]; {
	case r == zeroWidthJoiner:
		return keepsRa(before, after, at(i+2)) || joinsEmoji(before, at(i-2), after)
	case r == emojiPresentation:
		return unicode.Is(pictographs, before) || (strings.ContainsRune("0123456789#*", before) && after == keycap)
	case selectsMongolian(r):
		return isMongolian(before)
	case r == vowelSeparator:
		if selectsMongolian(before) {
			before = at(i - 2)
		}
		return isMongolian(before) && (after == mongolianA || after == mongolianE) && !isMongolian(at(i+2))
	case '\U000e0100' <= r && r <= '\U000e01ef': // select a form of an ideograph
		return unicode.Is(unicode.Unified_Ideograph, before)
	}
	return false
}

// selectsMongolian reports whether r is a free variation selector, which selects a
// form of the Mongolian letter before it.
func selectsMongolian(r rune) bool { return '\u180b' <= r && r <= '\u180d' || r == '\u180f' }

func isMongolian(r rune) bool { return unicode.Is(unicode.Mongolian, r) && unicode.IsLetter(r) }

// keepsRa reports whether a joiner between before and after keeps the shape of the
// Bengali, Assamese or Kannada letter ra, which a virama and another letter would
// change (the Unicode Standard, chapter 12).
func keepsRa(before, after, next rune) bool {
	switch before {
	case '\u09b0', '\u09f0':
		return after == '\u09cd' && unicode.Is(unicode.Bengali, next) && unicode.IsLetter(next)
	case '\u0cb0':
		return after == '\u0ccd' && unicode.Is(unicode.Kannada, next) && unicode.IsLetter(next)
	}
	return false
}

// joinsEmoji reports whether a joiner between before and after makes one emoji of
// two (Unicode Technical Standard 51, ED-16). A selector or a skin tone can follow
// the first one; second is the character before it.
func joinsEmoji(before, second, after rune) bool {
	if before == emojiPresentation || ('\U0001f3fb' <= before && before <= '\U0001f3ff') {
		before = second
	}
	return unicode.Is(pictographs, before) && unicode.Is(pictographs, after)
}

const (
	// vowelSeparator separates the vowels a and e at the end of a Mongolian word from
	// the letter before it, and changes the forms of both (the Unicode Standard,
	// chapter 13).
	vowelSeparator = '\u180e'
	mongolianA     = '\u1820'
	mongolianE     = '\u1821'

	emojiPresentation = '\ufe0f'
	keycap            = '\u20e3'
)

// pictographs are the characters with the property Extended_Pictographic (Unicode
// Technical Standard 51), which include all emoji that can be joined.
var pictographs = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0xa9, 0xae, 5},
		{0x203c, 0x2049, 13},
		{0x2122, 0x2139, 23},
		{0x2194, 0x2199, 1},
		{0x21a9, 0x21aa, 1},
		{0x231a, 0x231b, 1},
		{0x2328, 0x2388, 96},
		{0x23cf, 0x23cf, 1},
		{0x23e9, 0x23f3, 1},
		{0x23f8, 0x23fa, 1},
		{0x24c2, 0x24c2, 1},
		{0x25aa, 0x25ab, 1},
		{0x25b6, 0x25c0, 10},
		{0x25fb, 0x25fe, 1},
		{0x2600, 0x2605, 1},
		{0x2607, 0x2612, 1},
		{0x2614, 0x2685, 1},
		{0x2690, 0x2705, 1},
		{0x2708, 0x2712, 1},
		{0x2714, 0x2716, 2},
		{0x271d, 0x2721, 4},
		{0x2728, 0x2728, 1},
		{0x2733, 0x2734, 1},
		{0x2744, 0x2747, 3},
		{0x274c, 0x274e, 2},
		{0x2753, 0x2755, 1},
		{0x2757, 0x2757, 1},
		{0x2763, 0x2767, 1},
		{0x2795, 0x2797, 1},
		{0x27a1, 0x27b0, 15},
		{0x27bf, 0x27bf, 1},
		{0x2934, 0x2935, 1},
		{0x2b05, 0x2b07, 1},
		{0x2b1b, 0x2b1c, 1},
		{0x2b50, 0x2b55, 5},
		{0x3030, 0x303d, 13},
		{0x3297, 0x3299, 2},
	},
	R32: []unicode.Range32{
		{0x1f000, 0x1f0ff, 1},
		{0x1f10d, 0x1f10f, 1},
		{0x1f12f, 0x1f12f, 1},
		{0x1f16c, 0x1f171, 1},
		{0x1f17e, 0x1f17f, 1},
		{0x1f18e, 0x1f18e, 1},
		{0x1f191, 0x1f19a, 1},
		{0x1f1ad, 0x1f1e5, 1},
		{0x1f201, 0x1f20f, 1},
		{0x1f21a, 0x1f22f, 21},
		{0x1f232, 0x1f23a, 1},
		{0x1f23c, 0x1f23f, 1},
		{0x1f249, 0x1f3fa, 1},
		{0x1f400, 0x1f53d, 1},
		{0x1f546, 0x1f64f, 1},
		{0x1f680, 0x1f6ff, 1},
		{0x1f774, 0x1f77f, 1},
		{0x1f7d5, 0x1f7ff, 1},
		{0x1f80c, 0x1f80f, 1},
		{0x1f848, 0x1f84f, 1},
		{0x1f85a, 0x1f85f, 1},
		{0x1f888, 0x1f88f, 1},
		{0x1f8ae, 0x1f8ff, 1},
		{0x1f90c, 0x1f93a, 1},
		{0x1f93c, 0x1f945, 1},
		{0x1f947, 0x1faff, 1},
		{0x1fc00, 0x1fffd, 1},
	},
	LatinOffset: 1,
}
