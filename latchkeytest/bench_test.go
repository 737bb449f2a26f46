package latchkeytest_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		latchkeytest.New(b)
	}
}

// TestANewProviderIsCheap: a test of a program starts many providers. Values that few requests
// need, such as the OpenAPI document of the admin API, are not made at the start.
func TestANewProviderIsCheap(t *testing.T) {
	latchkeytest.New(t) // what is made once per program
	const limit = 25_000
	if n := testing.AllocsPerRun(5, func() { latchkeytest.New(t) }); n > limit {
		t.Errorf("New makes %.0f allocations, want at most %d", n, limit)
	}
}
