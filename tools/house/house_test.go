package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const root = "../.."

func TestTheCommittedPictureIsWhatTheToolDraws(t *testing.T) {
	packages, err := readPackages(root)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join(root, picture))
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != draw(floorsOf(packages)) {
		t.Errorf("%s is not what the code looks like now: run make house", picture)
	}
}

func TestEveryPackageIsOnOneFloor(t *testing.T) {
	packages := []room{
		{path: "", imports: []string{"internal/web", "provider"}},
		{path: "cmd/x", imports: []string{"", "internal/metrics", "sqlstore/sqlite"}},
		{path: "internal/metrics"},
		{path: "internal/web", imports: []string{"oauth", "provider"}},
		{path: "oauth"},
		{path: "provider", imports: []string{"oauth"}},
		{path: "sqlstore/sqlite", imports: []string{"oauth"}},
	}
	floors := floorsOf(packages)
	var got [][]string
	for _, f := range floors {
		var names []string
		for _, r := range f.rooms {
			names = append(names, r.name())
		}
		got = append(got, names)
	}
	want := [][]string{{"cmd/x", "internal/metrics"}, {"latchkey"}, {"internal/web"}, {"provider"}, {"sqlstore/sqlite"}, {"oauth"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the floors are %v, want %v", got, want)
	}
	if arrows := floors[0].imports; !slices.Equal(arrows, []int{1, 4}) {
		t.Errorf("the top floor imports %v, want [1 4]: the rest follows from these", arrows)
	}
}

func TestTheSentenceOfARoomIsTheFirstOfItsComment(t *testing.T) {
	for comment, want := range map[string]string{
		"Package oauth is the vocabulary: what exists. More.\n": "The vocabulary: what exists.",
		"Command latchkey serves\na provider.\n\nMore.\n":       "Serves a provider.",
	} {
		if got := firstSentence(comment); got != want {
			t.Errorf("firstSentence(%q) = %q, want %q", comment, got, want)
		}
	}
}
