package validate

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Name returns what is wrong with a text that people read on one line, such as a
// name or a label. It must be UTF-8 without control characters, invisible
// characters or characters that change the direction of text. With them,
// a name can look like another one, or change the text around it.
func Name(field, text string) FieldErrors {
	if !utf8.ValidString(text) {
		return Field(field, "This text is not valid UTF-8.").WithCode("text_utf8")
	}
	r, found := hiddenCharacter(text)
	switch {
	case !found:
		return nil
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
		return Field(field, "This must be a single line of text, without control characters.").WithCode("text_line")
	}
	return Field(field, "This text contains a character that cannot be seen (U+%04X). Remove it.", r).WithCode("text_hidden", "character", fmt.Sprintf("U+%04X", r))
}

// Visible returns text with a replacement character, U+FFFD, for each character
// that Name rejects. It is for texts that a program sends, such as a User-Agent.
func Visible(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	for {
		r, found := hiddenCharacter(text)
		if !found {
			return text
		}
		text = strings.ReplaceAll(text, string(r), string(unicode.ReplacementChar))
	}
}

// hiddenCharacter returns the first character of text that cannot be seen and does
// not change the shape of the characters beside it.
func hiddenCharacter(text string) (r rune, found bool) {
	text = withoutShaping(text)
	for _, r := range text {
		switch {
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			if !joinersAreVisible(text) {
				return r, true
			}
		case unicode.In(r, hidden...) || strings.ContainsRune(blank, r):
			return r, true
		}
	}
	return 0, false
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	// blank are symbols without a shape: the empty pattern of Braille and the
	// musical symbol null notehead.
	blank = "\u2800\U0001d159"
)

// hidden are the characters that are not printed (Unicode Standard Annex 44):
// control characters, format characters, among them those that change the
// direction of text, separators of lines, and the others that a program ignores
// if it cannot display them.
var hidden = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point,
}

// joiners checks the rules of RFC 5892 appendix A.1 and A.2.
var joiners = idna.New(idna.CheckJoiners(true))

// joinersAreVisible reports whether every zero width joiner and non-joiner in text
// changes the shape of the letters next to it, as in Persian and Hindi words.
func joinersAreVisible(text string) bool {
	isJoiner := func(r rune) bool { return r == zeroWidthNonJoiner || r == zeroWidthJoiner }
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M) && !isJoiner(r) })
	for _, word := range words {
		if _, err := joiners.ToUnicode(word); strings.ContainsFunc(word, isJoiner) && err != nil {
			return false
		}
	}
	return true
}
