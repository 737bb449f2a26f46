package migrations_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

var (
	comments   = regexp.MustCompile(`(?m)--.*$`)
	blocks     = regexp.MustCompile(`(?s)DO \$\$.*?END \$\$;`)
	newTable   = regexp.MustCompile(`(?i)^CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	newIndex   = regexp.MustCompile(`(?i)^CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+) ON (\w+)`)
	concurrent = regexp.MustCompile(`(?i)^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+) ON`)
	remains    = regexp.MustCompile(`(?i)^DROP INDEX CONCURRENTLY IF EXISTS (\w+)$`)
	newColumn  = regexp.MustCompile(`(?i)^ALTER TABLE \w+ ADD COLUMN \w+ \w+(.*)$`)
	constant   = regexp.MustCompile(`(?i)NOT NULL DEFAULT ('[^']*'|[0-9]+)$`)
	setting    = regexp.MustCompile(`(?i)^SET LOCAL lock_timeout = '40ms'$`)
	newRow     = regexp.MustCompile(`(?i)^INSERT INTO (\w+) `)
	// newRights sets the rights and the owner of new tables to those of the others, and does nothing else.
	newRights = regexp.MustCompile(`(?s)DO \$\$\s+DECLARE\s+command text;\s+BEGIN\s+FOR command IN\s+SELECT pg_catalog\.format\('GRANT %s ON %I TO %s'[^;]*?\(VALUES ([^;]*?)\) tables\(added\)[^;]*?` +
		`UNION ALL SELECT pg_catalog\.format\('ALTER TABLE %I OWNER TO %s', added, relowner::regrole\)[^;]*?\(VALUES ([^;]*?)\) tables\(added\)[^;]*?LOOP\s+EXECUTE command;\s+END LOOP;\s+END\s+\$\$;`)
	quoted = regexp.MustCompile(`'(\w+)'`)
)

// TestAStepOnlyAdds checks that the previous release can continue reading and
// writing. A step that removes something belongs in a later release, and then this
// test must name it.
func TestAStepOnlyAdds(t *testing.T) {
	for _, engine := range []string{"postgres", "sqlite"} {
		steps, err := migrations.Steps(engine, 0)
		if err != nil {
			t.Fatal(err)
		}
		var last int64
		for _, step := range steps {
			name := engine + "/" + step.Name
			if step.Version != last+1 {
				t.Errorf("%s follows number %d", name, last)
			}
			last = step.Version
			if step.Locks == "" {
				t.Errorf("%s does not say what it locks: begin with -- Locks:", name)
			}
			for _, fault := range faults(engine, step.SQL) {
				t.Errorf("%s %s", name, fault)
			}
		}
	}
}

// TestTheCheckOfStepsFindsWhatDoesNotOnlyAdd checks the check above.
func TestTheCheckOfStepsFindsWhatDoesNotOnlyAdd(t *testing.T) {
	for sql, want := range map[string]string{
		`CREATE TABLE latchkey_x (id BIGINT); CREATE INDEX latchkey_x_id ON latchkey_x (id); INSERT INTO latchkey_x (id) VALUES (1);`: "",
		`SET LOCAL lock_timeout = '40ms'; ALTER TABLE latchkey_client ADD COLUMN x TEXT NOT NULL DEFAULT '';`:                         "",
		`DROP INDEX CONCURRENTLY IF EXISTS latchkey_client_x; CREATE INDEX CONCURRENTLY latchkey_client_x ON latchkey_client (x);`:    "",
		`CREATE TABLE x (id BIGINT);`:                                                             "creates x without the prefix latchkey_",
		`CREATE INDEX CONCURRENTLY client_x ON latchkey_client (x);`:                              "creates client_x without the prefix latchkey_",
		`CREATE INDEX CONCURRENTLY latchkey_client_x ON latchkey_client (x);`:                     "cannot be repeated after an interruption",
		`CREATE INDEX CONCURRENTLY IF NOT EXISTS latchkey_client_x ON latchkey_client (x);`:       "does more than add",
		`DROP INDEX CONCURRENTLY IF EXISTS latchkey_client_x;`:                                    "drops an index that it does not create: latchkey_client_x",
		`ALTER TABLE latchkey_client ADD COLUMN x TEXT;`:                                          "waits for a lock",
		`CREATE INDEX latchkey_client_x ON latchkey_client (x);`:                                  "blocks writers while it builds an index",
		`INSERT INTO latchkey_client (id) VALUES ('x');`:                                          "writes to a table that it did not create",
		`SET LOCAL lock_timeout = '40ms'; DROP TABLE latchkey_client`:                             "does more than add",
		`SET LOCAL lock_timeout = '40ms'; ALTER TABLE latchkey_client ADD COLUMN x TEXT NOT NULL`: "adds a column that the release before does not fill",
		`DO $$ BEGIN PERFORM 1; END $$;`:                                                          "has a block of code",
		rightsOf("latchkey_x"):                                                                    "changes the rights of a table that it did not create: latchkey_x",
		`CREATE TABLE latchkey_x (id BIGINT); ` + rightsOf("latchkey_x"):                          "",
	} {
		found := strings.Join(faults("postgres", sql), "\n")
		if (want == "") != (found == "") || !strings.Contains(found, want) {
			t.Errorf("%s\nfound %q, want %q", sql, found, want)
		}
	}
}

// rightsOf returns the statements of a step that set the rights of a new table.
func rightsOf(table string) string {
	steps, err := migrations.Steps("postgres", 4)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(newRights.FindString(steps[0].SQL), "latchkey_picture", table)
}

// faults lists what the statements of a step do besides adding.
func faults(engine, sql string) (faults []string) {
	var withRights []string
	for _, block := range newRights.FindAllStringSubmatch(sql, -1) {
		for _, table := range quoted.FindAllStringSubmatch(block[1]+block[2], -1) {
			withRights = append(withRights, table[1])
		}
	}
	sql = newRights.ReplaceAllString(sql, "")
	text := comments.ReplaceAllString(sql, "")
	if blocks.MatchString(text) {
		faults = append(faults, "has a block of code; show in a test that the previous release works alongside it")
	}
	created := func(name string) {
		if !strings.HasPrefix(name, "latchkey_") {
			faults = append(faults, "creates "+name+" without the prefix latchkey_")
		}
	}
	var tables, dropped []string
	timed := false
	for statement := range strings.SplitSeq(blocks.ReplaceAllString(text, ""), ";") {
		statement = strings.Join(strings.Fields(statement), " ")
		switch {
		case statement == "":
		case concurrent.MatchString(statement):
			name := concurrent.FindStringSubmatch(statement)[1]
			created(name)
			if !slices.Contains(dropped, name) {
				faults = append(faults, "cannot be repeated after an interruption, which leaves an invalid index; begin with DROP INDEX CONCURRENTLY IF EXISTS "+name)
			}
			dropped = slices.DeleteFunc(dropped, func(other string) bool { return other == name })
		case remains.MatchString(statement):
			dropped = append(dropped, remains.FindStringSubmatch(statement)[1])
		case setting.MatchString(statement):
			timed = true
		case newTable.MatchString(statement):
			name := newTable.FindStringSubmatch(statement)[1]
			tables = append(tables, name)
			created(name)
		case newRow.MatchString(statement):
			if !slices.Contains(tables, newRow.FindStringSubmatch(statement)[1]) {
				faults = append(faults, "writes to a table that it did not create: "+statement)
			}
		case newIndex.MatchString(statement):
			index := newIndex.FindStringSubmatch(statement)
			created(index[1])
			if engine == "postgres" && !slices.Contains(tables, index[2]) {
				faults = append(faults, "blocks writers while it builds an index; CONCURRENTLY does not: "+statement)
			}
		case newColumn.MatchString(statement):
			if rest := newColumn.FindStringSubmatch(statement)[1]; rest != "" && !constant.MatchString(rest) {
				faults = append(faults, "adds a column that the release before does not fill: "+statement)
			}
			if engine == "postgres" && !timed {
				faults = append(faults, "waits for a lock while others wait behind it; begin with SET LOCAL lock_timeout = '40ms'")
			}
		default:
			faults = append(faults, "does more than add: "+statement)
		}
	}
	for _, index := range dropped {
		faults = append(faults, "drops an index that it does not create: "+index)
	}
	for _, table := range withRights {
		if !slices.Contains(tables, table) {
			faults = append(faults, "changes the rights of a table that it did not create: "+table)
		}
	}
	return faults
}
