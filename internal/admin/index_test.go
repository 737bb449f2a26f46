package admin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// removing is a store in which removals are not complete.
type removing struct{ latchkey.Store }

func (removing) Removals(context.Context) ([]oauth.Removal, error) {
	return []oauth.Removal{
		{ClientID: "shop", At: time.Now(), Done: 120_000},
		{Subject: "1", Username: "ada<", ClientID: "blog", At: time.Now(), Done: 1},
		{Subject: "2", At: time.Now()},
		{SessionID: "secret-id", At: time.Now()},
	}, nil
}

// TestTheBackOfficeShowsTheProgressOfRemovals, but no session IDs.
func TestTheBackOfficeShowsTheProgressOfRemovals(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Store = removing{memstore.New(nil)} })
	body := o.open("").Body
	for _, want := range []string{
		"Deleted application <code>shop</code>: 120,000 rows removed", "Consent of <bdi>ada&lt;</bdi> to the application <code>blog</code>: 1 row removed",
		"Sessions of <bdi>2</bdi>: 0 rows removed", "A session that has ended: 0 rows removed",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
	if strings.Contains(body, "secret-id") {
		t.Error("the page shows the ID of a session")
	}
	if body := enter(t).open("").Body; strings.Contains(body, "Cleanup") {
		t.Error("the page of a store without removals shows some")
	}
}
