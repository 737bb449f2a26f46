package provider

import (
	"compress/flate"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A text has the same result from a compressor that has compressed and decompressed
// other texts, also invalid ones.
func TestCompressorKeepsTextsApart(t *testing.T) {
	t.Parallel()
	for _, c := range []*compressor{
		{level: flate.HuffmanOnly},
		{level: flate.BestCompression, dictionary: []byte(registrationDictionary)},
	} {
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for i := range 20 {
					want := fmt.Sprint(worker, strings.Repeat(" redirect_uris", i), i)
					text, err := json.Marshal(want)
					if err != nil {
						t.Error(err)
					}
					packed, err := c.compress([]byte("prefix"), text)
					fresh := compressor{level: c.level, dictionary: c.dictionary}
					if alone, err := fresh.compress([]byte("prefix"), text); err != nil || string(alone) != string(packed) {
						t.Errorf("%q depends on what was compressed before: %v", want, err)
					}
					rest, found := strings.CutPrefix(string(packed), "prefix")
					var got string
					if err != nil || !found || c.decode([]byte(rest), 1<<10, &got) != nil || got != want {
						t.Errorf("got %q, want %q: %v", got, want, err)
					}
					if c.decode([]byte(rest[:len(rest)/2]), 1<<10, &got) == nil || c.decode([]byte(rest), 3, &got) == nil {
						t.Errorf("half of %q was decoded", want)
					}
				}
			})
		}
		group.Wait()
	}
}
