package oauth

import (
	"slices"
	"strings"
)

// A ScopeWeight is the kind of access that a scope allows. The consent page groups the
// scopes by it.
type ScopeWeight string

// The weights.
const (
	WeightIdentity ScopeWeight = "identity" // the application learns who the person is
	WeightRead     ScopeWeight = "read"     // it sees data
	WeightChange   ScopeWeight = "change"   // it changes data, or acts for the person
	WeightKeep     ScopeWeight = "keep"     // it keeps the access while the person is not logged in
)

// ScopeWeights returns the weights, the lightest first.
func ScopeWeights() []ScopeWeight {
	return []ScopeWeight{WeightIdentity, WeightRead, WeightChange, WeightKeep}
}

// Heavy reports whether people should look twice before they allow such a scope.
func (w ScopeWeight) Heavy() bool { return w == WeightChange || w == WeightKeep }

// readingWords are parts of the names of scopes that only read. changingWords are those
// of scopes that also change data, as in "read-write".
var (
	readingWords  = []string{"get", "list", "query", "read", "readonly", "search", "view"}
	changingWords = []string{"add", "admin", "all", "change", "create", "delete", "edit", "full", "manage", "modify", "remove", "send", "update", "write"}
)

// onlyReads reports whether the name of a scope shows that it only reads.
func onlyReads(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	contains := func(known []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(known, word) })
	}
	return contains(readingWords) && !contains(changingWords)
}
