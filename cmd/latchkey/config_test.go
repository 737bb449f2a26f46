package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestADatabaseSettingIsUnderstoodOrRefused: a password does not become the
// name of a file, nor is it told.
func TestADatabaseSettingIsUnderstoodOrRefused(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	const refused = ""
	for text, want := range map[string]string{
		"":                                       "/data/latchkey.db",
		"sqlite:":                                "/data/latchkey.db",
		"/a/b.db":                                "/a/b.db",
		"b.db":                                   here + "/b.db",
		"./c:d=e.db":                             here + "/c:d=e.db",
		"sqlite:b.db":                            here + "/b.db",
		"SQLite:host=b.db":                       here + "/host=b.db",
		"sqlite:///a/b.db":                       "/a/b.db",
		"postgres://u:hush@h/x":                  "x on h:5432",
		"Postgres://u:hush@h/x":                  "x on h:5432",
		"POSTGRESQL://u:hush@h/x":                "x on h:5432",
		"host=h user=u password=hush dbname=x":   "x on h:5432",
		" dbname = x host = h password = 'hu=h'": "x on h:5432",
		"mysql://u:hush@h/x":                     refused,
		" postgres://u:hush@h/x":                 refused,
		"postgres:/u:hush@h/x":                   refused,
		"postgres:u:hush@h/x":                    refused,
		"jdbc:postgresql://u:hush@h/x":           refused,
		"u:hush@h/x":                             refused,
		"sqlite://u:hush@h/x":                    refused,
		"file:b.db":                              refused,
	} {
		c := defaults()
		c.DB, c.Data = text, "/data"
		err := c.finish(false)
		if want == refused {
			if err == nil || !strings.HasPrefix(err.Error(), "--db") || strings.Contains(err.Error(), "hush") {
				t.Errorf("%q is refused as: %v", text, err)
			}
			continue
		}
		if name, wrong := c.database(); err != nil || wrong != nil || name != want {
			t.Errorf("%q is %q, want %q: %v %v", text, name, want, err, wrong)
		}
	}
}
