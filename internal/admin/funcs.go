package admin

import "fmt"

// tail returns the end of an id, which is enough to tell rows apart.
func tail(id fmt.Stringer) string {
	text := id.String()
	return "…" + text[len(text)-6:]
}
