package admin

import (
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// tail returns the end of an id, which is enough to tell rows apart.
func tail(id fmt.Stringer) string {
	text := id.String()
	return "…" + text[len(text)-6:]
}

// count returns a number with its noun: "1 consent", "2 consents", "2 families".
func count(n oauth.Count, noun string) string {
	if stem, found := strings.CutSuffix(noun, "y"); n != (oauth.Count{N: 1}) && found {
		noun = stem + "ies"
	} else if n != (oauth.Count{N: 1}) {
		noun += "s"
	}
	return n.String() + " " + noun
}
