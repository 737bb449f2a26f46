package main

import (
	"slices"
	"strings"
)

// A floor is a row of the picture: packages that play the same role.
type floor struct {
	title, subtitle string
	holds           func(path string) bool
	rooms           []room
	imports         []int // floors below this one, by index
}

// floorsOf returns the floors from the top down, each with its packages.
func floorsOf(packages []room) []floor {
	floors := []floor{
		{title: "Binary", subtitle: "the command, and what only it uses", holds: under("cmd", "internal/ops")},
		{title: "Front door", subtitle: "what a Go program imports", holds: under("latchkeytest")},
		{title: "Faces", subtitle: "pages and endpoints over HTTP", holds: under("internal")},
		{title: "Protocol", subtitle: "the rules of OAuth and OpenID Connect, and the guard of an API", holds: under("provider", "resource", "internal/jose", "internal/outbound")},
		{title: "Stores", subtitle: "backends, and the test that a backend must pass", holds: under("sqlstore", "memstore", "storetest", "internal/pgtest")},
		{title: "Vocabulary", subtitle: "types, and what a backend must do", holds: under("oauth", "account", "internal/settings")},
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
	floors = slices.DeleteFunc(floors, func(f floor) bool { return len(f.rooms) == 0 })
	reduce(floors)
	return floors
}

// floorOf returns the index of the floor of a package: the one with the longest
// matching path. The root is the front door, and an internal package that only
// commands import is part of the binary unless a floor names it.
func floorOf(floors []floor, packages []room, path string) int {
	if path == "" {
		return 1
	}
	for i, f := range slices.Backward(floors) {
		if f.holds(path) && i != faces {
			return i
		}
	}
	onlyCommands := path != "internal/consumer" && strings.HasPrefix(path, "internal/")
	for _, r := range packages {
		if slices.Contains(r.imports, path) && !strings.HasPrefix(r.path, "cmd/") {
			onlyCommands = false
		}
	}
	if onlyCommands {
		return 0
	}
	return faces
}

// faces is the floor of internal packages that no other floor names.
const faces = 2

// under returns a function that reports whether a path is one of the parents or
// below one.
func under(parents ...string) func(string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(parents, func(parent string) bool {
			return path == parent || strings.HasPrefix(path, parent+"/")
		})
	}
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
