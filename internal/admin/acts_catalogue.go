package admin

import (
	"strings"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// ActTexts returns the texts of the catalogue about acts, other events and the reasons of failures. They are
// declared where the acts and the reasons are.
func ActTexts() map[string]string {
	all := make(map[string]string)
	for key, text := range audit.Sentences() {
		all[sentenceKey(key)] = text
	}
	for key, fix := range rejections.Fixes() {
		all[reasonKey(key)] = fix.Name
	}
	return all
}

// sentenceKey returns the key of a sentence of the audit log in the catalogue.
func sentenceKey(key string) string { return "admin.act." + plainKey(key) }

// reasonKey returns the key of the name of a reason in the catalogue.
func reasonKey(key string) string { return "admin.reason." + plainKey(key) }

// reasonText returns the reason of rejected requests in a few words, or nil if it has no text.
func reasonText(code, reason string) ui.Text {
	key := rejections.KeyOf(code, reason)
	if rejections.Fixes()[key].Name == "" {
		return nil
	}
	return ui.Text{reasonKey(key)}
}

// plainKey returns a key with one underscore for all that is between its words.
func plainKey(key string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(key), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }), "_")
}
