package settings

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// DidYouMean returns " (did you mean NAME?)" if one of the known names is similar to a
// name that is unknown, and "" otherwise.
func DidYouMean(name string, known []string) string {
	if best := Similar(name, known); best != "" {
		return " (did you mean " + best + "?)"
	}
	return ""
}

// Similar returns the known name that is most similar to an unknown one, or "" if no known
// name is similar. In a similar name, at most a third of the letters differ, and at most
// three. Hyphens and underscores are the same.
func Similar(name string, known []string) string {
	best, fewest := "", min(3, max(1, len(name)/3))+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if longer := utf8.RuneCountInString(name) - utf8.RuneCountInString(k); max(longer, -longer) >= fewest {
			continue // so that a long name from a request costs no time
		}
		if n := changes(plain(name), plain(k)); n < fewest {
			best, fewest = k, n
		}
	}
	return best
}

// plain returns a name in the form in which names are compared.
func plain(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// changes returns how many letters have to be added, removed, replaced or swapped with the
// next one to make b out of a (the optimal string alignment distance).
func changes(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			fewest := min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				fewest = min(fewest, rows[i-2][j-2]+1)
			}
			rows[i][j] = fewest
		}
	}
	return rows[len(a)][len(b)]
}
