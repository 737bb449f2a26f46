package scim

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// ada is a person for filters.
func ada() map[string]any {
	return map[string]any{
		"id": "7a", "userName": "Ada@Example.com", "externalId": "X1", "active": true, "name": map[string]any{"familyName": "Lovelace"},
		"emails": []any{map[string]any{"value": "ada@example.com", "type": "work", "primary": true}},
		"meta":   map[string]any{"created": time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)},
	}
}

// TestFiltersSelectResources: each operator, and how they are combined (RFC 7644 §3.4.2.2).
func TestFiltersSelectResources(t *testing.T) {
	for text, want := range map[string]bool{
		`userName eq "ada@example.com"`:                                true,
		`USERNAME EQ "ADA@EXAMPLE.COM"`:                                true,
		`externalId eq "x1"`:                                           false, // caseExact
		`externalId eq "X1"`:                                           true,
		`userName ne "bob"`:                                            true,
		`userName ne "ada@example.com"`:                                false,
		`userName co "EXAMPLE"`:                                        true,
		`userName sw "ada"`:                                            true,
		`userName ew "ada"`:                                            false,
		`name.familyName gt "L"`:                                       true,
		`name.familyName le "K"`:                                       false,
		`meta.created ge "2026-11-29T12:00:00Z"`:                       true,
		`meta.created lt "2026-11-29T13:00:00+02:00"`:                  false,
		`nickName pr`:                                                  false,
		`emails pr`:                                                    true,
		`not (nickName pr)`:                                            true,
		`active eq true`:                                               true,
		`active eq "False"`:                                            false,
		`nickName eq null`:                                             true,
		`emails[type eq "work"].value eq "ada@example.com"`:            true,
		`emails[type eq "home"].value eq "ada@example.com"`:            false,
		`emails[type eq "work" and value co "@example.com"]`:           true,
		`emails.value eq "ADA@example.com"`:                            true,
		`emails eq "ada@example.com"`:                                  true,
		`userName eq "x" or externalId eq "X1" and active eq true`:     true, // and binds more tightly
		`(userName eq "x" or externalId eq "X1") and active eq false`:  false,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"`: true,
		`userName eq "a\u0064a@example.com"`:                           true, // an escape of JSON
		`name[familyName eq "Lovelace"]`:                               true,
		`emails[not (type eq "home")]`:                                 true,
		`active eq 1`:                                                  false,
		`userName eq true`:                                             false,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr`: false,
	} {
		f, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.matches(ada()) != want {
			t.Errorf("%s: got %v", text, !want)
		}
	}
}

// TestFiltersThatAreNotValid have the scimType invalidFilter, also those that are too long.
func TestFiltersThatAreNotValid(t *testing.T) {
	for _, text := range []string{
		``, `userName`, `userName eq`, `userName eq ada`, `userName like "a"`, `userName eq "a" and`, `(userName eq "a"`, `userName eq "a")`,
		`emails[type eq "work"`, `emails[type eq "work"].`, `not userName pr`, `eq "a"`, `userName eq {"a": 1}`, `userName eq ["a"]`, `userName eq "a" userName eq "b"`,
		strings.Repeat("(", 12) + `userName pr` + strings.Repeat(")", 12), strings.Repeat("not (", 12) + `userName pr` + strings.Repeat(")", 12),
		strings.Repeat("a[", 12) + `b pr` + strings.Repeat("]", 12),
		`userName pr` + strings.Repeat(` or userName pr`, 20), `userName eq "` + strings.Repeat("a", 2000) + `"`,
	} {
		_, err := parseFilter(text)
		if e, ok := errors.AsType[*Error](err); !ok || e.Type != invalidFilter || e.Status != 400 {
			t.Errorf("%.60s: got %v", text, err)
		}
	}
}

// TestIndexesCoverEveryMatch: a filter has lookups only if every match satisfies one of them.
func TestIndexesCoverEveryMatch(t *testing.T) {
	for text, want := range map[string]int{
		`userName eq "a"`:                               1,
		`active eq true and userName eq "a"`:            1,
		`userName eq "a" or externalId eq "b"`:          2,
		`userName eq "a" or active eq true`:             -1,
		`not (userName eq "a")`:                         -1,
		`userName ne "a"`:                               -1,
		`userName co "a"`:                               -1,
		`emails[type eq "work"].value eq "a"`:           1,
		`emails[type eq "work" or value eq "a"]`:        -1,
		`emails[value eq "a"]`:                          1,
		`emails.type eq "work"`:                         -1,
		`name.familyName eq "a"`:                        -1,
		`userName eq 1`:                                 -1,
		`id eq "a" and (active eq true or userName pr)`: 1,
	} {
		f, err := parseFilter(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		found, ok := f.lookups(indexedUsers)
		if ok != (want >= 0) || ok && len(found) != want {
			t.Errorf("%s: got %v %v, want %d", text, found, ok, want)
		}
	}
}

// FuzzFilter: no filter or path makes the parser crash or recurse deeply, and a match of a filter
// with lookups satisfies one of them.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`userName eq "a"`, `emails[type eq "work"].value eq "a"`, `not (a pr) or (b le 3 and c.d sw "x")`, `urn:x:y:z[a pr].b`, "members[value eq \"\x00\"]", `a[b[c pr].d eq null]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := parsePath(text); err == nil && at.attribute == "" {
			t.Errorf("a path without a name: %q", text)
		}
		tree, err := parseFilter(text)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Type != invalidFilter {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		lookups, ok := tree.lookups(indexedUsers)
		if !tree.matches(ada()) || !ok {
			return
		}
		for _, l := range lookups {
			at := path{attribute: l.attribute}
			for _, v := range at.values(ada()) {
				if compare("eq", plain(v), l.value, false) {
					return
				}
			}
		}
		t.Errorf("%q matches, but none of %v does", text, lookups)
	})
}
