package main

import (
	"slices"
	"strings"
)

// A floor is a row of the picture: packages that play the same role.
type floor struct {
	title, subtitle string
	packages        []string // which it holds, with those below them
	rooms           []room
	imports         []int // floors below this one, by index
}

// The floors to which a package belongs that none names.
const (
	binary     = 0 // an internal package that only commands import
	faces      = 2 // any other internal package
	vocabulary = 5 // a package that hosts can import
)

// floorsOf returns the floors from the top down, each with its packages.
func floorsOf(packages []room) []floor {
	floors := []floor{
		{title: "Binary", subtitle: "the command, and what only it uses", packages: []string{"cmd"}},
		{title: "Front door", subtitle: "what a Go program imports", packages: []string{"", "latchkeytest"}},
		{title: "Faces", subtitle: "pages and endpoints over HTTP", packages: []string{"internal/web", "internal/admin", "internal/consumer", "internal/ui"}},
		{title: "Protocol", subtitle: "the rules of OAuth and OpenID Connect, and the guard of an API", packages: []string{"provider", "resource", "internal/jose", "internal/outbound"}},
		{title: "Stores", subtitle: "backends, and the test that a backend must pass", packages: []string{"sqlstore", "memstore", "storetest"}},
		{title: "Vocabulary", subtitle: "types, and what a backend must do", packages: []string{"oauth", "account", "internal/settings", "internal/turns"}},
	}
	at := make(map[string]int)
	for _, r := range packages {
		i := floorOf(floors, packages, r.path)
		at[r.path] = i
		floors[i].rooms = append(floors[i].rooms, r)
	}
	for _, r := range packages {
		from := &floors[at[r.path]]
		for _, path := range r.imports {
			if to := at[path]; to > at[r.path] && !slices.Contains(from.imports, to) {
				from.imports = append(from.imports, to)
			}
		}
	}
	reduce(floors)
	return floors
}

// floorOf returns the index of the floor of a package.
func floorOf(floors []floor, packages []room, path string) int {
	for i, f := range floors {
		if slices.ContainsFunc(f.packages, func(p string) bool { return path == p || p != "" && strings.HasPrefix(path, p+"/") }) {
			return i
		}
	}
	if !strings.HasPrefix(path, "internal/") {
		return vocabulary
	}
	for _, r := range packages {
		if slices.Contains(r.imports, path) && !strings.HasPrefix(r.path, "cmd/") {
			return faces
		}
	}
	return binary
}

// reduce drops the imports between floors that follow from others: if the first
// floor imports the second and the second the third, no arrow leads from the
// first to the third.
func reduce(floors []floor) {
	for i := range floors {
		slices.Sort(floors[i].imports)
		floors[i].imports = slices.DeleteFunc(slices.Clone(floors[i].imports), func(to int) bool {
			return slices.ContainsFunc(floors[i].imports, func(via int) bool { return via != to && reaches(floors, via, to) })
		})
	}
}

func reaches(floors []floor, from, to int) bool {
	return from == to || slices.ContainsFunc(floors[from].imports, func(next int) bool { return reaches(floors, next, to) })
}
