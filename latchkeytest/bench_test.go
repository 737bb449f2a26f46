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
