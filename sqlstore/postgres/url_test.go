package postgres_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

func TestNameOfADatabaseHasNoPassword(t *testing.T) {
	t.Setenv("PGUSER", "someone")
	for text, want := range map[string]string{
		"postgres://u:hush@h/db":                                     "db on h:5432",
		"PostgreSQL://u:hush@h:6/db?sslmode=disable":                 "db on h:6",
		"postgres://u:hush@a,b:6/db?target_session_attrs=read-write": "db on a:5432, b:6",
		"postgres://u:hu%2Fsh@h/db":                                  "db on h:5432",
		"postgres://u:hush@h/d%40b":                                  "d@b on h:5432",
		"postgres://h/db?user=u@server&password=hush":                "db on h:5432",

		"postgres://h":        "someone on h:5432",
		"postgres://[::1]/db": "db on [::1]:5432",

		"host=/run/postgresql user=u password=hush dbname=db":         "db on /run/postgresql:5432",
		"host=h port=6 user=u password='hu sh' dbname='d b' options=": "d b on h:6",
	} {
		if got, err := postgres.Name(text); err != nil || got != want {
			t.Errorf("%s is named %q, want %q: %v", text, got, want, err)
		}
	}
}

func TestFaultsOfADatabaseURLAreReportedWithoutItsPassword(t *testing.T) {
	const (
		escape = "written %2F %23 %25 %3F"
		quote  = "a value with spaces is quoted"
	)
	for _, c := range []struct{ url, want string }{
		{"postgres://u:hush7@h/db?sslmode=bogus", "sslmode is invalid"},
		{"Postgres://u:hush7@h/db?sslmode=bogus", "sslmode is invalid"},
		{"postgres://u:hush7@a:1,b:2/db?sslmode=bogus", "sslmode is invalid"},
		{"postgres://u:hush7@h/db?pool_max_conns=abc", "cannot parse pool_max_conns"},
		{"postgres://u:hush7@h/db?pool_max_conns=0", "pool_max_conns too small"},
		{"postgres://u:hush7@h/db?pool_max_conn_lifetime=long", "cannot parse pool_max_conn_lifetime"},
		{"postgres://u:hush7@h/db?connect_timeout=soon", "connect_timeout"},
		{"postgres://u:hush7@h/db?target_session_attrs=any-old", "unknown target_session_attrs value: any-old"},
		{"postgres://u:hush7@h/db?default_query_exec_mode=x", "default_query_exec_mode in the database URL can only be exec"},
		{"postgres://u:x@h/db?default_query_exec_mode=foo", "default_query_exec_mode in the database URL can only be exec"},
		{"postgres://u:hush7@h/db?default_query_exec_mode=cache_describe", "default_query_exec_mode in the database URL can only be exec"},
		{"postgres://u:hush7@h/db?default_query_exec_mode=describe_exec", "default_query_exec_mode in the database URL can only be exec"},
		{"postgres://u:hush7@h/db?default_query_exec_mode=simple_protocol", "default_query_exec_mode in the database URL can only be exec"},
		{"postgres://u:x@h/db?pool_max_conns=0", "setting pool_max_conns of the database"}, // an x is in its name
		{"postgres://u:hush7@h/db?pool_max_conns=hush7", "setting pool_max_conns of the database"},
		{"postgres://u:hush7@h/db?sslmode=verify-full&sslrootcert=/nowhere", "unable to read CA file"},
		{"postgres://h/db?password=hush7&target_session_attrs=hush7", "setting target_session_attrs of the database"}, // its reason would tell
		{"postgres://h/db?password=hush7&sslmode=verify-full&sslrootcert=hush7", "setting sslmode, sslrootcert, sslcert or sslkey"},
		{"postgres://u:7/x?pool_max_conns=hush7@h/db", escape},
		{"postgres://u:hush7/x@h/db", escape},
		{"postgres://u:7/hush7@h/db", escape},
		{"postgres://u:5/hush?application_name=ab@h/db", escape},
		{"postgres://u:7/x?hush7@h/db", escape},
		{"postgres://u:hush7%x@h/db", escape},
		{"postgres://u:x%hush7@h/db", escape},
		{"postgres://u:x@hush7@h/db", escape},
		{"postgres://u:a@1.2.3.4/hush7@127.0.0.1:1/db", escape},
		{"postgres://u:a@1.2.3.4/hush7?x@127.0.0.1:1/db", escape},
		{"postgres://u:a@1.2.3.4/hush7#x@127.0.0.1:1/db", escape},
		{"postgres://u:a@1.2.3.4#hush7@127.0.0.1:1/db", escape},
		{"postgres://u:hush7 x@h/db", escape},
		{"postgres://u:hush7@[/db", escape},
		{"postgres://u:p@h:hush7/db", escape},
		{"host=h user=u password=hush7 sslmode=bogus", "sslmode is invalid"},
		{"host=h user=u password=x hush7 dbname=db", quote},
		{"host=h user=u password='hush7", quote},
		{"host=h hush7", quote},
	} {
		_, err := postgres.Name(c.url)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error of %s is %v", c.url, err)
		}
		_, opened := postgres.Pending(ctx, c.url)
		for _, err := range []error{err, opened} {
			if err != nil && strings.Contains(err.Error(), "hush7") {
				t.Errorf("the error of %s contains a secret: %v", c.url, err)
			}
		}
		if opened == nil {
			t.Errorf("%s is accepted", c.url)
		}
	}
}
