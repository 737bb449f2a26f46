package admin

import "fmt"

// tail returns the end of an id, which is enough to tell rows apart.
func tail(id fmt.Stringer) string {
	text := id.String()
	return "…" + text[len(text)-6:]
}

// count returns a number with its noun: "1 consent", "2 consents".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}
