package postgres_test

import (
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// TestNoCallOfAHangingDatabaseWaitsTooLong stops the processes of a server, so that
// nothing is answered and no connection is refused. That is what a host that lost
// power or a network that drops packets looks like.
func TestNoCallOfAHangingDatabaseWaitsTooLong(t *testing.T) {
	own, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Stop)
	t.Cleanup(own.Resume)
	for _, suffix := range []string{"", "&default_query_exec_mode=exec"} {
		url, err := own.NewDatabase()
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, url+suffix, nil)
		own.Hang()
		failed := storetest.RunHanging(t, s)
		for method, err := range failed {
			if !errors.Is(err, oauth.ErrUnavailable) {
				t.Errorf("%s failed with %v, which is not ErrUnavailable", method, err)
			}
		}
		own.Resume()
	}
}
