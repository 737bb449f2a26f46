package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// signs are the marks of the actions.
var signs = map[declared.Action]string{declared.Create: "+", declared.Change: "~", declared.Delete: "-"}

// printPlan prints the difference between a file and the database.
func (c *command) printPlan(w io.Writer, p *declared.Plan, dry bool) {
	for _, warning := range p.Warnings {
		line(w, "Warning: %s", printable(warning))
	}
	for _, s := range p.Steps {
		line(w, "%s %s %s", signs[s.Action], declared.Noun(s.Kind), printable(s.Name))
		if s.Person != nil {
			line(w, "    account: %s", accountText(s.Person))
		}
		if len(s.UsedBy) > 0 {
			line(w, "    listed by the applications: %s", someOf(s.UsedBy))
		}
		if s.Members != nil {
			line(w, "    members: %s", membersText(s.Members))
		}
		for _, change := range s.Changes {
			printChange(w, s.Action, change)
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
	if slices.ContainsFunc(p.Steps, func(s declared.Step) bool { return s.Action == declared.Delete && s.Kind == declared.Applications }) {
		line(w, "%s", c.suggest("A deleted application can be restored for seven days, in the back office or with: latchkey app restore CLIENT_ID"))
	}
	for _, kind := range declared.Kinds() {
		if names := p.Kept[kind]; len(names) > 0 {
			line(w, "Not in the file, and kept (--prune %s): %s %s", pruned(kind), strings.ReplaceAll(kind, "_", " "), someOf(names))
		}
	}
}

// pruned returns the effect of --prune on the objects of a kind that are not in the file.
func pruned(kind string) string {
	if kind == declared.People {
		return "removes their roles"
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

// accountText describes the account of a person, so that readers can check whose it is.
func accountText(a *declared.Account) string {
	email := "no email address"
	if a.Email != "" {
		email = a.Email + " (not confirmed)"
		if a.EmailVerified {
			email = a.Email + " (confirmed)"
		}
	}
	text := printable(fmt.Sprintf("%s, %s, added %s", a.ID, email, formatTime(a.CreatedAt)))
	if a.ByUsername {
		text += "; the file names it by the username only"
	}
	return text
}

// membersText describes the members of a group by their number and the first names.
func membersText(m *declared.MemberList) string {
	switch names := printable(strings.Join(m.Names, ", ")); {
	case m.More:
		return fmt.Sprintf("more than %d", m.Number)
	case len(m.Names) == 0:
		return strconv.Itoa(m.Number)
	case len(m.Names) < m.Number:
		return fmt.Sprintf("%d (%s and %d more)", m.Number, names, m.Number-len(m.Names))
	default:
		return fmt.Sprintf("%d (%s)", m.Number, names)
	}
}

// longValue is the length from which the elements that differ are printed, instead of both values.
const longValue = 300

// printChange prints the values of a change for people. It never omits a part that differs.
func printChange(w io.Writer, a declared.Action, c oauth.Change) {
	before, after := oneLine(c.Before), oneLine(c.After)
	switch {
	case a == declared.Create || c.Field == "client_secret":
		line(w, "    %s: %s", c.Field, after)
	case len(before)+len(after) <= longValue:
		line(w, "    %s: %s → %s", c.Field, cmp.Or(before, "(none)"), cmp.Or(after, "(none)"))
	default:
		line(w, "    %s:", c.Field)
		was, is := elements(c.Field, c.Before), elements(c.Field, c.After)
		removed, added := without(was, is), without(is, was)
		for _, element := range removed {
			line(w, "      - %s", oneLine(element))
		}
		for _, element := range added {
			line(w, "      + %s", oneLine(element))
		}
		if len(removed)+len(added) == 0 { // the order differs
			line(w, "      %s", after)
		}
	}
}

// elements returns the elements of a value: of a list or a map in JSON, lines, scopes, or the value.
func elements(field, value string) (all []string) {
	if strings.HasSuffix(field, "scope") {
		return strings.Fields(value)
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(value), &list) == nil {
		for _, element := range list {
			all = append(all, string(element))
		}
		return all
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(value), &object) == nil {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			all = append(all, name+": "+string(object[name]))
		}
		return all
	}
	if value == "" {
		return nil
	}
	return strings.Split(value, "\n")
}

// without returns the elements of a list that are not in another one, as often as they are missing.
func without(list, other []string) (rest []string) {
	missing := slices.Clone(other)
	for _, element := range list {
		if i := slices.Index(missing, element); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		rest = append(rest, element)
	}
	return rest
}
