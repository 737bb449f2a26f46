package account

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// commonPasswords are the 47,000 most common passwords of at least four
// characters, in lower case and in order. The list is that of the password
// estimator zxcvbn 4.4.2 by Dan Wheeler and Dropbox, under the MIT license.
//
//go:embed common_passwords.txt
var commonPasswords string

// weakness returns why a password is easy to guess, or nil. own are texts about
// the person.
func weakness(password string, own []string) validate.FieldErrors {
	folded := strings.ToLower(norm.NFKC.String(password))
	own = ownWords(own)
	for _, p := range spellings(folded) {
		switch {
		case isCommon(p), isCommon(strings.TrimFunc(p, notLetter)) && fewMore(p):
			return validate.Field("password", "This password is very common and easy to guess. Choose another one.").WithCode("password_common")
		case isRepeated(p), isSequence(p):
			return validate.Field("password", "This password repeats a few characters, or follows the keyboard or the alphabet. Choose another one.").WithCode("password_pattern")
		case isOwn(p, own):
			return validate.Field("password", "This password consists mainly of your personal details, such as your name or email address. Choose another one.").WithCode("password_own")
		}
	}
	return nil
}

// spellings returns a text, and the texts in which digits and symbols are
// replaced with the letters that they often stand for.
func spellings(s string) []string {
	one := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "|", "l")
	other := strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s")
	return slices.Compact([]string{s, one.Replace(s), other.Replace(s)})
}

// isCommon reports whether the text is one of the common passwords.
func isCommon(s string) bool {
	if len(s) < 4 || strings.Contains(s, "\n") {
		return false
	}
	// A binary search for the line. low and high are at the beginning of lines.
	for low, high := 0, len(commonPasswords); low < high; {
		middle := (low + high) / 2
		start := strings.LastIndexByte(commonPasswords[:middle], '\n') + 1
		line, _, _ := strings.Cut(commonPasswords[start:], "\n")
		switch c := strings.Compare(s, line); {
		case c == 0:
			return true
		case c < 0:
			high = start
		default:
			low = start + len(line) + 1
		}
	}
	return false
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// fewMore reports whether at most six digits and symbols surround the letters of
// a password, such as a year and an exclamation mark.
func fewMore(s string) bool {
	return utf8.RuneCountInString(s)-utf8.RuneCountInString(strings.TrimFunc(s, notLetter)) <= 6
}

// isRepeated reports whether the text consists of repetitions of at most four
// characters or of a common password, the last of which may be incomplete. A long
// text is not, because its length has to be guessed too.
func isRepeated(s string) bool {
	runes := []rune(s)
	if len(runes) > 32 {
		return false
	}
	for period := 1; period <= len(runes)/2; period++ {
		repeats := true
		for i := period; i < len(runes) && repeats; i++ {
			repeats = runes[i] == runes[i-period]
		}
		if repeats {
			return period <= 4 || isCommon(string(runes[:period]))
		}
	}
	return false
}

// isSequence reports whether the text follows the alphabet, the digits or a row
// of the keyboard, in either direction.
func isSequence(s string) bool {
	const rows = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertzuiop azertyuiop"
	backwards := []rune(s)
	slices.Reverse(backwards)
	return strings.Contains(rows, s) || strings.Contains(rows, string(backwards))
}

// ownWords returns the words of the texts that have at least three characters,
// the longest first.
func ownWords(texts []string) (words []string) {
	for _, text := range texts {
		text = strings.ToLower(norm.NFKC.String(text))
		words = append(words, text)
		words = append(words, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	words = slices.DeleteFunc(words, func(word string) bool { return utf8.RuneCountInString(word) < 3 })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// isOwn reports whether a password has little more than the person's own words:
// fewer than six letters and digits, or a common password.
func isOwn(s string, own []string) bool {
	rest := s
	for _, word := range own {
		rest = strings.ReplaceAll(rest, word, "\n")
	}
	if rest == s {
		return false
	}
	rest = strings.Join(strings.FieldsFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "")
	return utf8.RuneCountInString(rest) < 6 || isCommon(rest)
}
