package sqlstore_test

import (
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestProcessesDeleteRejectionsInOneOrder, so that they do not wait for each other
// in a circle.
func TestProcessesDeleteRejectionsInOneOrder(t *testing.T) {
	added := []oauth.Rejection{{ClientID: "b", Reason: "x"}, {ClientID: "a", Reason: "y"}, {ClientID: "b", Reason: "x", Source: "2"}, {ClientID: "a", Reason: "x"}}
	want := [][2]string{{"a", "x"}, {"a", "y"}, {"b", "x"}}
	for range 2 {
		if got := sqlstore.RejectionGroups(added); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		slices.Reverse(added)
	}
}
