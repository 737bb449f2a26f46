package clientfields_test

import (
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Every list either splits a value at commas, or rejects a value that seems to be
// several elements.
func TestListsAreSplitAtCommasOrRejectThem(t *testing.T) {
	for _, f := range clientfields.All() {
		if f.Kind != clientfields.List {
			continue
		}
		first, second := "https://a.example", "https://b.example"
		if f.Name == "legacy_features" {
			first, second = "password=2027-03-31", "implicit=2027-03-31"
		}
		var c oauth.Client
		err := f.Set(&c, []string{first + "," + second})
		if split := slices.Equal(f.Get(&c), []string{first, second}); err != nil || split == f.Commas {
			t.Errorf("%s: %q %v", f.Name, f.Get(&c), err)
		}
		if err := f.CheckCommas(first + "," + second); (err != nil) != f.Commas {
			t.Errorf("%s: %v", f.Name, err)
		}
		if err := f.CheckCommas(first + "/x,y?z=1,2"); err != nil && f.Name != "exchange_clients" {
			t.Errorf("%s: one URI: %v", f.Name, err)
		}
	}
}
