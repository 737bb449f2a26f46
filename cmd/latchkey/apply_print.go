package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// signs are the marks of the actions.
var signs = map[declared.Action]string{declared.Create: "+", declared.Change: "~", declared.Delete: "-"}

// printPlan prints the difference between a file and the database.
func printPlan(w io.Writer, p *declared.Plan, dry bool) {
	for _, s := range p.Steps {
		line(w, "%s %s %s", signs[s.Action], declared.Noun(s.Kind), printable(s.Name))
		for _, change := range s.Changes {
			line(w, "    %s: %s", change.Field, changeText(s.Action, change))
		}
	}
	if len(p.Steps) > 0 {
		line(w, "")
		verb := "To do"
		if dry {
			verb = "Difference"
		}
		line(w, "%s: %d to create, %d to change, %d to delete.", verb, p.Count(declared.Create), p.Count(declared.Change), p.Count(declared.Delete))
	} else {
		line(w, "There is no difference.")
	}
	if p.Count(declared.Delete) > 0 {
		line(w, "A deleted application can be restored in the back office for seven days.")
	}
	for _, kind := range declared.Kinds() {
		if names := p.Kept[kind]; len(names) > 0 {
			line(w, "Not in the file, and kept (--prune %s): %s", pruned(kind), someOf(names))
		}
	}
}

// line prints a line that is not part of a table.
func line(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// pruned returns the effect of --prune on the objects of a kind that are not in the file.
func pruned(kind string) string {
	if kind == declared.People {
		return "takes their roles away"
	}
	return "deletes them"
}

// someOf returns the first names of a list, and how many follow.
func someOf(names []string) string {
	const most = 10
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return printable(strings.Join(names, ", ")) + more
}

// changeText returns the values of a change for people.
func changeText(a declared.Action, c oauth.Change) string {
	if a == declared.Create || c.Field == "client_secret" {
		return shortText(c.After)
	}
	return shortText(cmp.Or(c.Before, "(none)")) + " → " + shortText(cmp.Or(c.After, "(none)"))
}

// shortText returns the beginning of a value, for one line.
func shortText(s string) string {
	const most = 300
	s = printable(strings.ReplaceAll(s, "\n", ", "))
	if letters := []rune(s); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return s
}
